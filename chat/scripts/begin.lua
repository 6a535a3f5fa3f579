#!lua flags=allow-oom
-- Begins an attempt at a turn, as the newest claim of its job.
--
-- KEYS  1 turn hash, also the name of its channel   2 turn log   3 message tree   4 session hash
-- ARGV  1 claim token, a number that grows from claim to claim   2 losses allowed (0 = end the turn)
--       3 greatest number of messages to return, where the session's `context_messages` is not greater
--       4 '1' where the calling process runs only this turn
--       5 what happens to the events of earlier attempts, if there was one: 'keep' (the attempt goes on after them),
--         'drop' (it starts the reply again), or 'ask': then nothing begins
-- Returns {status, turn hash, the question and the messages before it on its branch, oldest first,
--          what the user has set for the session: instructions, temperature, max_tokens ('' = not set),
--          the reply that the turn continues, '' = none,
--          names of the tools that the user has allowed for the session, one in each line}
--         'begun'   run the attempt
--         'again'   with 'ask': read the log, which no other claim can write any more, and call with 'keep' or 'drop'
--         'cancelled', 'exhausted'   close the turn
--         'alone'   begin it in a separate process, because it may be the cause of the lost workers
--         'expired'   close the turn: its user has not answered in time. The log says so
--         {'paused'}        the turn waits for an answer of its user
--         {'stale'}         a newer claim owns the turn
--         {'ended'}         the turn is over or gone
-- A repetition changes nothing and returns the same.
--
-- A lost attempt is one whose worker died without handing the turn back. It is a loss if it wrote no more than 1.1
-- times the best lost attempt before it: a turn that kills its worker stops at the same position each time, whereas a
-- turn that merely shared a process with such a turn gets further. Nor is it a loss if more steps and results of tools
-- are finished than at any lost attempt before: they are not made again, however little text they have. With one loss
-- fewer than allowed (at least one), or after twice the allowed number of lost attempts, a turn runs alone in a process:
-- then it causes its losses itself.
-- A turn is exhausted after the allowed losses if one of them happened alone, after three times the allowed losses in
-- any case, or after three times as many attempts whose separate process died before it began the turn.

local MAX_BYTES = 500000 -- of messages; older ones are not read, because copying them takes time
local MAX_CONTEXT_BYTES = 4000000 -- of those of a session whose client has chosen how many there are
local MAX_COUNTED = 50000 -- of a reply with steps: prompts cut its results, so these shall not crowd out all else

-- include asks

local function branch()
  local messages, bytes, counted = {}, 0, 0
  local id = redis.call('HGET', KEYS[1], 'question')
  local context = tonumber(redis.call('HGET', KEYS[4], 'context_messages') or '')
  local most, most_bytes = tonumber(ARGV[3]), MAX_BYTES
  if context then most, most_bytes = math.max(context + 1, most), MAX_CONTEXT_BYTES end
  while #messages < most and counted < most_bytes and bytes < MAX_CONTEXT_BYTES do
    local message = redis.call('HGET', KEYS[3], id)
    if not message then break end
    table.insert(messages, 1, message)
    bytes = bytes + #message
    local has_steps = #message > MAX_COUNTED and string.find(message, ',"steps":[', 1, true)
    counted = counted + (has_steps and MAX_COUNTED or #message)
    id = string.match(message, '^{"id":"[^"]*","parent_id":"([^"]*)"')
  end
  return messages
end

local function answer(status)
  local set = redis.call('HMGET', KEYS[4], 'instructions', 'temperature', 'max_tokens')
  for index = 1, 3 do set[index] = set[index] or '' end
  local continues = redis.call('HGET', KEYS[1], 'continues')
  local continued = continues and redis.call('HGET', KEYS[3], continues) or ''
  local allowed = redis.call('HGET', KEYS[4], 'allowed_tools') or ''
  return {status, redis.call('HGETALL', KEYS[1]), branch(), set, continued, allowed}
end

-- Answers each question that has no answer with 'expired', and tells the readers.
local function expire()
  local seq = tonumber(redis.call('HGET', KEYS[1], 'seq'))
  for id in string.gmatch(redis.call('HGET', KEYS[1], 'asks') or '', '%S+') do
    if redis.call('HSETNX', KEYS[1], 'answer:' .. id, '{"state":"expired"}') == 1 then
      local ask = cjson.decode(redis.call('HGET', KEYS[1], 'ask:' .. id))
      seq = seq + 1
      local event = string.format(
        '{"type":"approval","id":"%s","index":%d,"kind":"%s","state":"expired"%s}', id, ask.index, ask.kind,
        ask.revision and ',"revision":"' .. ask.revision .. '"' or '')
      redis.call('XADD', KEYS[2], seq .. '-0', 'e', event, 'k', 'approval')
      redis.call('PUBLISH', KEYS[1], seq .. ':' .. event .. '\n:approval')
    end
  end
  redis.call('HSET', KEYS[1], 'seq', seq, 'expired', 1)
  redis.call('HDEL', KEYS[1], 'paused')
  redis.call('HDEL', KEYS[4], 'asks')
end

-- Returns whether the lost attempt got further than each one before it, and notes how far.
local function got_further()
  local far = redis.call('HMGET', KEYS[1], 'written', 'best', 'finished', 'best_finished')
  for index = 1, 4 do far[index] = tonumber(far[index] or 0) end
  local written, best, finished, best_finished = unpack(far)
  if written > best * 1.1 then redis.call('HSET', KEYS[1], 'best', written) end
  if finished > best_finished then redis.call('HSET', KEYS[1], 'best_finished', finished) end
  return written > best * 1.1 or finished > best_finished
end

local state, owner, begun, cancel, handed_back, died, unstarted_by = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'owner', 'begun', 'cancel', 'handed_back', 'died', 'unstarted_by'))
if state ~= 'queued' and state ~= 'running' then return {'ended'} end
if tonumber(owner) > tonumber(ARGV[1]) then return {'stale'} end

local time = redis.call('TIME')
local now = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
if cancel ~= '1' and is_paused(KEYS[1]) then
  if tonumber(now) < tonumber(redis.call('HGET', KEYS[1], 'paused')) then return {'paused'} end
  expire()
end
if owner ~= ARGV[1] then
  if unstarted_by == owner then
    redis.call('HINCRBY', KEYS[1], 'unstarted', 1)
  elseif state == 'running' and not handed_back then
    redis.call('HINCRBY', KEYS[1], 'lost', 1)
    if not got_further() then
      redis.call('HINCRBY', KEYS[1], 'losses', 1)
      redis.call('HSET', KEYS[1], 'blamed', owner)
      if died then redis.call('HINCRBY', KEYS[1], 'losses_alone', 1) end
    end
  end
  redis.call('HDEL', KEYS[1], 'handed_back', 'died')
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'state', 'running')
end
if cancel == '1' then return answer('cancelled') end
if redis.call('HGET', KEYS[1], 'expired') == '1' then return answer('expired') end
if begun == ARGV[1] then return answer('begun') end

local allowed = tonumber(ARGV[2])
local counts = redis.call('HMGET', KEYS[1], 'losses', 'losses_alone', 'unstarted', 'lost')
for index = 1, 4 do counts[index] = tonumber(counts[index] or 0) end
local losses, alone, unstarted, lost = unpack(counts)
if math.max(losses, unstarted) >= 3 * allowed or (alone > 0 and losses >= allowed) then return answer('exhausted') end
if (losses >= math.max(allowed - 1, 1) or lost >= 2 * allowed) and ARGV[4] ~= '1' then
  redis.call('HSET', KEYS[1], 'handed_back', 1) -- a worker that dies before that process begins is no loss
  return answer('alone')
end

if ARGV[5] == 'ask' and tonumber(redis.call('HGET', KEYS[1], 'attempt')) > 0 then return answer('again') end

local attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
local keeps = attempt > 1 and ARGV[5] == 'keep'
drop_asks(KEYS[1], keeps) -- a question without an answer was asked by a worker that is lost
redis.call('HDEL', KEYS[4], 'asks')
redis.call('HSETNX', KEYS[1], 'started_at', now)
redis.call('HSET', KEYS[1], 'begun', ARGV[1], 'begun_at', now)
redis.call('HDEL', KEYS[1], 'handed_back')
if not keeps then
  redis.call('HSET', KEYS[1], 'written', 0, 'text_since', now)
  redis.call('HDEL', KEYS[1], 'thought_at', 'spoke_at', 'position', 'position_seq', 'kept', 'finished')
end
if attempt > 1 then
  if not keeps then
    -- Only the start event is kept. UNLINK, because deleting a long log entry by entry is slow.
    local start = redis.call('XRANGE', KEYS[2], '1-0', '1-0')[1]
    redis.call('UNLINK', KEYS[2])
    if start then redis.call('XADD', KEYS[2], '1-0', unpack(start[2])) end
  end
  -- A store that lost its last writes may have forgotten seqs that readers already have: continue far beyond them. The
  -- seq before a resume tells which readers have all the text that it continues.
  local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1000000)
  local kind = keeps and 'resume' or 'restart'
  local event = '{"type":"' .. kind .. '","attempt":' .. attempt .. '}'
  local entry = {'e', event, 'k', kind}
  if keeps then entry[5], entry[6] = 'a', seq - 1000000 end
  redis.call('XADD', KEYS[2], seq .. '-0', unpack(entry))
  redis.call('PEXPIRE', KEYS[2], math.max(redis.call('PTTL', KEYS[1]), 1000))
  redis.call('PUBLISH', KEYS[1], seq .. ':' .. event .. '\n:' .. kind)
end
return answer('begun')
