#!lua flags=allow-oom
-- Adds a turn to the open turns, before it is opened.
--
-- KEYS  1 open turns zset
-- ARGV  1 turn id   2 milliseconds until a sweep checks it for the first time
-- Returns 1, or 0 where it was added before
-- A repetition only postpones the first check.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
