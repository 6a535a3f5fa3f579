-- Counts a request in a sliding window, if the limit allows it.
--
-- KEYS  1 zset: counted requests by the millisecond at which each leaves the window
-- ARGV  1 id of the request   2 limit   3 length of the window, milliseconds
-- Returns two numbers. The first: 0 where the request is counted, now or by an earlier call;
--         otherwise (it is not counted) the milliseconds until the oldest request leaves the window.
--         The second: how many more requests the limit allows now
-- A repetition counts nothing more.
-- Scores beyond now + ARGV[3] were written before the clock was set back; they are removed.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local forgotten = now + tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. forgotten, '+inf')
local counted = redis.call('ZCARD', KEYS[1])
local limit = tonumber(ARGV[2])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 0, math.max(limit - counted, 0) } end
if counted >= limit then
  return { tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) - now, 0 }
end
redis.call('ZADD', KEYS[1], forgotten, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 0, limit - counted - 1 }
