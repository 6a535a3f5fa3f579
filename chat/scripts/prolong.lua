-- Keeps a session that a process of 0.1.0 wrote for as long as today's sessions.
--
-- KEYS  1 session hash   2 messages list
-- ARGV  1 seconds to keep the session   2 seconds to keep the history
-- Returns 1, or 0 where the session is gone
-- A repetition does the same again.

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'kept', 1)
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
