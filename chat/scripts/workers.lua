-- Count the workers that were heard of lately.
--
-- KEYS  1 workers zset
-- Returns {their number, milliseconds until the first of them counts as dead (0 = there is none)}

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local first = redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return {redis.call('ZCOUNT', KEYS[1], now, '+inf'), first[2] and tonumber(first[2]) - now or 0}
