-- Creates a session, unless it is there.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2 persona   3 seconds to keep it   4.. further fields: name, value, … ('' = not set)
-- Returns {time of creation, seconds since the epoch; 1, or 0 where the session was there and is unchanged}
-- A repetition changes nothing, and returns the same time with 0.

local created_at = redis.call('HGET', KEYS[1], 'created_at')
if created_at then return {created_at, 0} end
local time = redis.call('TIME')
local now = string.format('%s.%06d', time[1], time[2])
redis.call('HSET', KEYS[1], 'user_id', ARGV[1], 'title', '', 'persona', ARGV[2], 'created_at', now, 'updated_at', now)
for index = 4, #ARGV, 2 do
  if ARGV[index + 1] ~= '' then redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {now, 1}
