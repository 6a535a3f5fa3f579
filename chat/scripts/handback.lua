#!lua flags=allow-oom
-- Records how a worker left a turn without closing it, so that the next attempt knows whether it was a loss.
--
-- KEYS  1 turn hash
-- ARGV  1 claim token   2 'released' (the worker is alive; if a newer claim has already counted a loss for this one,
--       the loss is taken back) or 'died' (the separate process that ran the turn alone has ended)
-- Returns 1, or 0 where there is nothing to record
-- A repetition changes nothing.

local state, owner, blamed, begun, parked_by = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'owner', 'blamed', 'begun', 'parked_by'))
if state ~= 'running' then return 0 end
if parked_by == ARGV[1] then return 0 end -- the turn waits for its user, or has waited: that is no loss
if owner == ARGV[1] then
  if ARGV[2] ~= 'died' then
    redis.call('HSET', KEYS[1], 'handed_back', 1)
  elseif begun == owner then
    redis.call('HSET', KEYS[1], 'died', 1)
    redis.call('HDEL', KEYS[1], 'handed_back')
  else
    redis.call('HSET', KEYS[1], 'unstarted_by', owner)
  end
  return 1
end
if ARGV[2] == 'released' and blamed == ARGV[1] then
  redis.call('HINCRBY', KEYS[1], 'losses', -1)
  redis.call('HDEL', KEYS[1], 'blamed')
  return 1
end
return 0
