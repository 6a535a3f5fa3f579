#!lua flags=allow-oom
-- Take a place in a set that has room for so many; a place that is not given back is free again after a while.
--
-- KEYS  1 sorted set of the places taken, by the millisecond at which they are free again
-- ARGV  1 who takes the place   2 how many there are   3 milliseconds until it is free again, the same for all of the set
-- Returns {} where the place is taken, now or by an earlier call;
--         {member, milliseconds since it took its place, …} of those who have them all
-- A score further ahead than that was written before the clock was set back: its place is free again as late as a new one.

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
