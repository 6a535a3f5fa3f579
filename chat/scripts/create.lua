-- Creates a session.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2 persona   3 seconds to keep it
-- Returns the time of creation, seconds since the epoch
-- A repetition sets the same fields again, with a later time.

local time = redis.call('TIME')
local now = string.format('%s.%06d', time[1], time[2])
redis.call('HSET', KEYS[1], 'user_id', ARGV[1], 'title', '', 'persona', ARGV[2], 'created_at', now, 'updated_at', now)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return now
