-- Moves a session to the top of its user's list, if it is on it.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds
-- ARGV  1 session id   2 seconds that a session is kept
-- Returns 1
-- A repetition moves it to the top again.

local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], 'XX', string.format('%s.%06d', time[1], time[2]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
