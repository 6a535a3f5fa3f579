-- Count the jobs that wait for a worker. Running ones are not due before their lease ends.
--
-- KEYS  1 queue zset
-- Returns their number

local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '-inf', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
