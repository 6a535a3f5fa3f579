-- Count a request in a moving window that has room for so many.
--
-- KEYS  1 sorted set of the requests counted, by the millisecond at which each is forgotten
-- ARGV  1 the request   2 how many there may be   3 milliseconds until one is forgotten
-- Returns 0 where the request is counted, now or by an earlier call; else the milliseconds until the next one is
--         forgotten, and nothing is counted
-- A score beyond now + ARGV[3] is of before a clock was set back, and counts no more.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local forgotten = now + tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. forgotten, '+inf')
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) - now
end
redis.call('ZADD', KEYS[1], forgotten, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
