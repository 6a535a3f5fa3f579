-- Begin an attempt at a turn, as the newest claim of its job.
--
-- KEYS  1 turn hash   2 turn log (its channel has the name of the turn hash)   3 messages list
-- ARGV  1 claim token, a number that grows from claim to claim   2 losses allowed   3 now, seconds   4 first message wanted, -n = the newest n
-- Returns {'begun', turn, newest messages, oldest first} {'ended'} {'stale'} {'cancelled', turn} {'exhausted', turn}   turn: its hash as it is now
--         'ended': gone or closed; 'stale': a newer claim has it. The last two are ours to close.
-- A repetition of a call whose answer was lost changes nothing.

local function answer(status)
  local turn = redis.call('HGETALL', KEYS[1])
  return {status, turn, status == 'begun' and redis.call('LRANGE', KEYS[3], ARGV[4], -1) or {}}
end

local state, attempt, owner, seq, cancel, handed_back, losses = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'attempt', 'owner', 'seq', 'cancel', 'handed_back', 'losses'))
if state ~= 'queued' and state ~= 'running' then return {'ended'} end
if tonumber(owner) > tonumber(ARGV[1]) then return {'stale'} end
local again = owner == ARGV[1]

redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'state', 'running')
if cancel == '1' then return answer('cancelled') end
losses = tonumber(losses or 0)
if again then
  if losses >= tonumber(ARGV[2]) then return answer('exhausted') end
  return answer('begun')
end

if handed_back then
  redis.call('HDEL', KEYS[1], 'handed_back')
elseif state == 'running' then
  losses = redis.call('HINCRBY', KEYS[1], 'losses', 1)
end
if losses >= tonumber(ARGV[2]) then return answer('exhausted') end

attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
redis.call('HSETNX', KEYS[1], 'started_at', ARGV[3])
if attempt > 1 then
  -- What was said before is void; only the start is still told.
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '2-0', '+')) do redis.call('XDEL', KEYS[2], entry[1]) end
  -- Readers may know numbers that a store which lost its last moments has forgotten: begin far beyond all of them.
  seq = redis.call('HINCRBY', KEYS[1], 'seq', 1000000)
  local event = '{"type":"restart","attempt":' .. attempt .. '}'
  redis.call('XADD', KEYS[2], seq .. '-0', 'e', event)
  redis.call('PUBLISH', KEYS[1], seq .. ':' .. event)
end
return answer('begun')
