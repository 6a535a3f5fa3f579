-- Creates a session.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2 persona   3 seconds to keep it   4.. further fields: name, value, … ('' = not set)
-- Returns the time of creation, seconds since the epoch
-- A repetition sets the same fields again, with a later time.

local time = redis.call('TIME')
local now = string.format('%s.%06d', time[1], time[2])
redis.call('HSET', KEYS[1], 'user_id', ARGV[1], 'title', '', 'persona', ARGV[2], 'created_at', now, 'updated_at', now)
for index = 4, #ARGV, 2 do
  if ARGV[index + 1] ~= '' then redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return now
