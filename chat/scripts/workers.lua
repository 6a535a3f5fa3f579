-- Count the workers that were heard of lately.
--
-- KEYS  1 workers zset
-- ARGV  1 milliseconds of silence after which a worker counts as dead
-- Returns {their number, milliseconds until the first of them counts as dead (0 = there is none)}
-- A score further ahead than the silence was written before the clock was set back: it tells nothing.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local latest = now + tonumber(ARGV[1])
local first = redis.call('ZRANGEBYSCORE', KEYS[1], now, latest, 'WITHSCORES', 'LIMIT', 0, 1)
return {redis.call('ZCOUNT', KEYS[1], now, latest), first[2] and tonumber(first[2]) - now or 0}
