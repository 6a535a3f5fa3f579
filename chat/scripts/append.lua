#!lua flags=allow-oom
-- Appends events to the logs of running turns and publishes them to their readers, if the caller still owns the turns.
--
-- KEYS  for each turn: turn hash, also the name of its channel; turn log
-- ARGV  for each turn: claim token; seq of the last event that the caller knows; number of events, 0 = only read the
--       state; kind and JSON of each event
-- Returns for each turn {…, seq of its last event, 1 where the turn shall be stopped}
--         {…, -1, 0} where the caller does not own the turn (any more)
-- A repetition appends nothing and returns the same.

local FRAME = 29 -- bytes of {"type":"chunk","content":""}

local function append(turn, log, token, known, first_event, count)
  local state, owner, seq, cancel, first, written = unpack(
    redis.call('HMGET', turn, 'state', 'owner', 'seq', 'cancel', 'first_token_at', 'written'))
  if state ~= 'running' or owner ~= token then return -1, 0 end

  seq, written = tonumber(seq), tonumber(written or 0)
  if seq == known and count > 0 then
    for index = first_event, first_event + 2 * count - 1, 2 do
      local kind, event = ARGV[index], ARGV[index + 1]
      seq = seq + 1
      redis.call('XADD', log, seq .. '-0', 'e', event, 'k', kind)
      redis.call('PUBLISH', turn, seq .. ':' .. event .. '\n:' .. kind)
      if kind ~= 'retry' then
        written = written + math.max(#event - FRAME, 0)
        if not first then
          local time = redis.call('TIME')
          first = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
          redis.call('HSET', turn, 'first_token_at', first)
        end
      end
    end
    redis.call('HSET', turn, 'seq', seq, 'written', written)
  elseif seq ~= known + count then
    return -1, 0
  end
  return seq, cancel == '1' and 1 or 0
end

local answers, place = {}, 1
for index = 1, #KEYS, 2 do
  local count = tonumber(ARGV[place + 2])
  local seq, stop = append(KEYS[index], KEYS[index + 1], ARGV[place], tonumber(ARGV[place + 1]), place + 3, count)
  answers[index], answers[index + 1] = seq, stop
  place = place + 3 + 2 * count
end
return answers
