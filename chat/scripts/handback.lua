#!lua flags=allow-oom
-- Note how a worker left a turn without closing it, so that the next attempt knows whether it was a loss.
--
-- KEYS  1 turn hash
-- ARGV  1 claim token   2 'released' (given back in good order), 'outage' (the store was away, also noted after a
--       newer claim has begun), or 'died' (the process that ran the turn alone has ended)
-- Returns 1, or 0 where there is nothing to note
-- A repetition of a call whose answer was lost changes nothing.

local state, owner, blamed = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner', 'blamed'))
if state ~= 'running' then return 0 end
if owner == ARGV[1] then
  redis.call('HSET', KEYS[1], ARGV[2] == 'died' and 'died' or 'handed_back', 1)
  return 1
end
if ARGV[2] == 'outage' and blamed == ARGV[1] then
  redis.call('HINCRBY', KEYS[1], 'losses', -1)
  redis.call('HDEL', KEYS[1], 'blamed')
  return 1
end
return 0
