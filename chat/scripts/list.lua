-- Put a new session on its user's list, if there is room.
--
-- KEYS  1 sorted set of the user's sessions by last activity, seconds
-- ARGV  1 session id   2 how many there may be (0 = any number)   3 now, seconds   4 seconds that a session is kept
-- Returns 1, or 0 where the list is full

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. tonumber(ARGV[3]) - tonumber(ARGV[4]))
local room = tonumber(ARGV[2])
if room > 0 and not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= room then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
