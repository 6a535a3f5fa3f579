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
-- further. Before its last loss a turn runs alone, where a loss is its own. It is exhausted when one of its losses is
-- its own and there are as many as allowed, or three times as many in any case.

local function answer(status)
  local turn = redis.call('HGETALL', KEYS[1])
  return {status, turn, status == 'begun' and redis.call('LRANGE', KEYS[3], ARGV[3], -1) or {}}
end

local state, owner, begun, cancel, handed_back, died, written, best = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'owner', 'begun', 'cancel', 'handed_back', 'died', 'written', 'best'))
if state ~= 'queued' and state ~= 'running' then return {'ended'} end
if tonumber(owner) > tonumber(ARGV[1]) then return {'stale'} end

if owner ~= ARGV[1] then
  if state == 'running' and not handed_back then
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
local losses, alone = unpack(redis.call('HMGET', KEYS[1], 'losses', 'losses_alone'))
losses, alone = tonumber(losses or 0), tonumber(alone or 0)
if losses >= 3 * allowed or (alone > 0 and losses >= allowed) then return answer('exhausted') end
if losses >= math.max(allowed - 1, 1) and ARGV[4] ~= '1' then
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
