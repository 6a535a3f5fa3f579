-- Notes when an API token was used last, if it still works.
--
-- KEYS  1 the token's record
-- ARGV  1 least seconds between two notes
-- Returns 1; 0 where the last note is newer, or the token is gone
-- A repetition changes nothing.

local last = redis.call('HMGET', KEYS[1], 'id', 'last_used_at')
if not last[1] then return 0 end
local now = tonumber(redis.call('TIME')[1])
local age = now - tonumber(last[2] or 0)
if age >= 0 and age < tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'last_used_at', now)
return 1
