-- Notes a share link under its user, within the limit.
--
-- KEYS  1 the user's share links
-- ARGV  1 "<session id>/<share id>"   2 seconds until it expires   3 greatest number of share links of a user
-- Returns 1, or 0 where the user would have more than the greatest number
-- A repetition changes nothing and returns the same.

local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], 'NX', now + tonumber(ARGV[2]), ARGV[1])
redis.call('EXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
return 1
