-- Counts the live workers.
--
-- KEYS  1 workers zset
-- ARGV  1 milliseconds without a heartbeat after which a worker counts as dead
-- Returns {number of workers, milliseconds until the first of them counts as dead (0 = there are no workers)}
-- Writes nothing.
-- Scores further ahead than ARGV[1] were written before the clock was set back; they are not counted.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local latest = now + tonumber(ARGV[1])
local first = redis.call('ZRANGEBYSCORE', KEYS[1], now, latest, 'WITHSCORES', 'LIMIT', 0, 1)
return {redis.call('ZCOUNT', KEYS[1], now, latest), first[2] and tonumber(first[2]) - now or 0}
