-- Note a turn that is about to be opened, to be looked at after a while.
--
-- KEYS  1 open turns zset
-- ARGV  1 turn id   2 milliseconds until the first look

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
