-- Counts the jobs that wait for a worker, and measures how long the first has waited. Running jobs are not counted,
-- because their score is the end of their lease.
--
-- KEYS  1 queue zset
-- ARGV  1 lease, milliseconds
-- Returns {number of waiting jobs, milliseconds that the first of them has waited}
-- Writes nothing.
-- A score further ahead than a lease was written before the clock was set back: that job is due as well.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local first = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
local ahead = redis.call('ZCOUNT', KEYS[1], now + tonumber(ARGV[1]) + 1000, '+inf')
return {redis.call('ZCOUNT', KEYS[1], '-inf', now) + ahead, first[2] and now - tonumber(first[2]) or 0}
