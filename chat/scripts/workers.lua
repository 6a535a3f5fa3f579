-- Count the workers that were heard of lately.
--
-- KEYS  1 workers zset
-- Returns their number

local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), '+inf')
