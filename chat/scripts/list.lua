-- Adds a new session to its user's list, if the limit allows it.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds
-- ARGV  1 session id   2 limit of sessions (0 = unlimited)   3 seconds that a session is kept
--       4 second of its last activity ('' = now)
-- Returns 1, or 0 where the list is full
-- A repetition moves the session to the same place, without ARGV[4] to the top, and returns 1.

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local oldest = now - tonumber(ARGV[3])
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.6f', oldest), 'LIMIT', 0, 100)
if #expired > 0 then redis.call('ZREM', KEYS[1], unpack(expired)) end

local limit = tonumber(ARGV[2])
if limit > 0 and not redis.call('ZSCORE', KEYS[1], ARGV[1])
  and redis.call('ZCOUNT', KEYS[1], string.format('%.6f', oldest), '+inf') >= limit then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4] ~= '' and ARGV[4] or string.format('%.6f', now), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
