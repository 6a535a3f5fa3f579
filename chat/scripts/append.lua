#!lua flags=allow-oom
-- Appends events to the logs of running turns and publishes them to their readers, if the caller still owns the turns.
--
-- KEYS  for each turn: turn hash, also the name of its channel; turn log
-- ARGV  for each turn: claim token; seq of the last event that the caller knows; number of events, 0 = none; the
--       position in the model's reply that belongs to the text so far, '' = unchanged, '-' = none any more; kind
--       and JSON of each event
-- Returns for each turn {…, seq of its last event, 1 where the turn shall be stopped}
--         {…, -1, 0} where the caller does not own the turn (any more)
-- A `restart` voids the text so far, the position in it, and what the turn has asked its user. A `snapshot` voids what
-- was written after the last finished step or result of a tool.
-- A repetition appends nothing and returns the same.

-- include asks

local FRAME = 29 -- bytes of {"type":"chunk","content":""}
local FIRST_AT = { -- when what was written so far had its first event of a kind
  chunk = 'spoke_at', thinking = 'thought_at', tool_call = 'spoke_at', tool_arguments = 'spoke_at', tool_result = 'spoke_at',
}

local FINISHED = {step = true, tool_result = true} -- what no later attempt makes again

local function now()
  local time = redis.call('TIME')
  return string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
end

local function append(turn, log, token, known, position, first_event, count)
  local state, owner, seq, cancel, first, written, spoke_at, thought_at, kept = unpack(redis.call(
    'HMGET', turn, 'state', 'owner', 'seq', 'cancel', 'first_token_at', 'written', 'spoke_at', 'thought_at', 'kept'))
  if state ~= 'running' or owner ~= token then return -1, 0 end

  local times = {spoke_at = spoke_at, thought_at = thought_at}
  seq, written = tonumber(seq), tonumber(written or 0)
  if seq == known and count > 0 then
    for index = first_event, first_event + 2 * count - 1, 2 do
      local kind, event = ARGV[index], ARGV[index + 1]
      local first_at = FIRST_AT[kind]
      seq = seq + 1
      redis.call('XADD', log, seq .. '-0', 'e', event, 'k', kind)
      redis.call('PUBLISH', turn, seq .. ':' .. event .. '\n:' .. kind)
      if first_at then
        written = written + math.max(#event - FRAME, 0)
        if not times[first_at] then
          times[first_at] = now()
          redis.call('HSET', turn, first_at, times[first_at])
          if not first then redis.call('HSET', turn, 'first_token_at', times[first_at]) end
          first = true
        end
      elseif kind == 'snapshot' then
        written = tonumber(kept or written)
      elseif kind == 'restart' then
        written, times, kept = 0, {}, false
        redis.call('HDEL', turn, 'spoke_at', 'thought_at', 'position', 'position_seq', 'kept', 'finished')
        redis.call('HSET', turn, 'text_since', now())
        drop_asks(turn)
      end
      if FINISHED[kind] then
        kept = written
        redis.call('HSET', turn, 'kept', kept)
        redis.call('HINCRBY', turn, 'finished', 1)
      end
    end
    redis.call('HSET', turn, 'seq', seq, 'written', written)
  elseif seq ~= known + count then
    return -1, 0
  end
  if position == '-' then
    redis.call('HDEL', turn, 'position', 'position_seq')
  elseif position ~= '' then
    redis.call('HSET', turn, 'position', position, 'position_seq', seq)
  end
  return seq, cancel == '1' and 1 or 0
end

local answers, place = {}, 1
for index = 1, #KEYS, 2 do
  local token, known, count, position = unpack(ARGV, place, place + 3)
  count = tonumber(count)
  local seq, stop = append(KEYS[index], KEYS[index + 1], token, tonumber(known), position, place + 4, count)
  answers[index], answers[index + 1] = seq, stop
  place = place + 4 + 2 * count
end
return answers
