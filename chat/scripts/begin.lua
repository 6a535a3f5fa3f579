#!lua flags=allow-oom
-- Begin an attempt at a turn, as the newest claim of its job.
--
-- KEYS  1 turn hash   2 turn log (its channel has the name of the turn hash)   3 messages list
-- ARGV  1 claim token, a number that grows from claim to claim   2 losses allowed (0 = end the turn)
--       3 first message wanted, -n = the newest n   4 '1' where the caller is a process that runs this turn alone
-- Returns {'begun', turn, newest messages, oldest first} {'ended'} {'stale'} {'cancelled', turn} {'exhausted', turn}
--         {'alone', turn}   turn: its hash as it is now
--         'ended': gone or closed; 'stale': a newer claim has it; 'cancelled', 'exhausted': the caller closes it;
--         'alone': it may be what ends its workers, so it has to begin in a process of its own
-- A repetition of a call whose answer was lost changes nothing.
--
-- A loss is an attempt whose worker ended without handing the turn back, and which wrote no more than the best attempt
-- before it: a turn that ends its worker stops at the same place each time, one that runs in the same process comes
-- further. Before its last loss, or after twice as many lost attempts of any kind, a turn runs alone, where a loss is
-- its own. It is exhausted when one of its losses is its own and there are as many as allowed, when there are three times
-- as many in any case, or when the process that was to run it alone did not get as far as that as often.

local BYTES = 500000 -- of messages, beyond which no older one is read: copying them takes time

local function newest()
  local messages, bytes = {}, 0
  local wanted = ARGV[3] == '0' and redis.call('LLEN', KEYS[3]) or -tonumber(ARGV[3])
  for place = 1, wanted do
    local message = bytes < BYTES and redis.call('LINDEX', KEYS[3], -place)
    if not message then break end
    table.insert(messages, 1, message)
    bytes = bytes + #message
  end
  return messages
end

local function answer(status)
  return {status, redis.call('HGETALL', KEYS[1]), status == 'begun' and newest() or {}}
end

local state, owner, begun, cancel, handed_back, died, unstarted_by, written, best = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'owner', 'begun', 'cancel', 'handed_back', 'died', 'unstarted_by', 'written', 'best'))
if state ~= 'queued' and state ~= 'running' then return {'ended'} end
if tonumber(owner) > tonumber(ARGV[1]) then return {'stale'} end

if owner ~= ARGV[1] then
  if unstarted_by == owner then
    redis.call('HINCRBY', KEYS[1], 'unstarted', 1)
  elseif state == 'running' and not handed_back then
    redis.call('HINCRBY', KEYS[1], 'lost', 1)
    written, best = tonumber(written or 0), tonumber(best or 0)
    if written > best * 1.1 then
      redis.call('HSET', KEYS[1], 'best', written)
    else
      redis.call('HINCRBY', KEYS[1], 'losses', 1)
      redis.call('HSET', KEYS[1], 'blamed', owner)
      if died then redis.call('HINCRBY', KEYS[1], 'losses_alone', 1) end
    end
  end
  redis.call('HDEL', KEYS[1], 'handed_back', 'died')
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'state', 'running')
end
if cancel == '1' then return answer('cancelled') end
if begun == ARGV[1] then return answer('begun') end

local allowed = tonumber(ARGV[2])
local counts = redis.call('HMGET', KEYS[1], 'losses', 'losses_alone', 'unstarted', 'lost')
for index = 1, 4 do counts[index] = tonumber(counts[index] or 0) end
local losses, alone, unstarted, lost = unpack(counts)
if math.max(losses, unstarted) >= 3 * allowed or (alone > 0 and losses >= allowed) then return answer('exhausted') end
if (losses >= math.max(allowed - 1, 1) or lost >= 2 * allowed) and ARGV[4] ~= '1' then
  redis.call('HSET', KEYS[1], 'handed_back', 1) -- until that process begins, a lost worker is no loss
  return answer('alone')
end

local attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
local time = redis.call('TIME')
redis.call('HSETNX', KEYS[1], 'started_at', string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000))
redis.call('HSET', KEYS[1], 'begun', ARGV[1], 'written', 0)
redis.call('HDEL', KEYS[1], 'handed_back')
if attempt > 1 then
  -- What was written before is void; only the start is kept. The log may be long, so it is not deleted entry by entry.
  local start = redis.call('XRANGE', KEYS[2], '1-0', '1-0')[1]
  redis.call('UNLINK', KEYS[2])
  if start then redis.call('XADD', KEYS[2], '1-0', unpack(start[2])) end
  -- Readers may know numbers that a store which lost its last moments has forgotten: begin far beyond all of them.
  local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1000000)
  local event = '{"type":"restart","attempt":' .. attempt .. '}'
  redis.call('XADD', KEYS[2], seq .. '-0', 'e', event)
  redis.call('PEXPIRE', KEYS[2], math.max(redis.call('PTTL', KEYS[1]), 1000))
  redis.call('PUBLISH', KEYS[1], seq .. ':' .. event)
end
return answer('begun')
