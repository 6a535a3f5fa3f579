-- Count the workers that were heard of lately.
--
-- KEYS  1 workers zset
-- ARGV  1 milliseconds of silence after which a worker counts as dead
-- Returns their number

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return redis.call('ZCOUNT', KEYS[1], now - tonumber(ARGV[1]), '+inf')
