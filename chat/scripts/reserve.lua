#!lua flags=allow-oom
-- Takes a slot of a limit. A slot that is not given back expires.
--
-- KEYS  1 zset: holders of slots by the millisecond at which their slot expires
-- ARGV  1 holder   2 limit   3 milliseconds until the slot expires, the same for all slots of the set
-- Returns {} where the holder has its slot, now or by an earlier call;
--         otherwise {holder, milliseconds since it took its slot, …} of all slots
-- A repetition takes no second slot.
-- A score further ahead than ARGV[3] was written before the clock was set back: that slot expires with a new one.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local latest = now + tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. latest, '+inf')) do
  redis.call('ZADD', KEYS[1], latest, member)
end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local taken = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for index = 2, #taken, 2 do taken[index] = latest - tonumber(taken[index]) end
  return taken
end
redis.call('ZADD', KEYS[1], latest, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {}
