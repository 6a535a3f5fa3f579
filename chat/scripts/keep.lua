#!lua flags=allow-oom
-- Keep places in a set, as `reserve.lua` took them, for another while.
--
-- KEYS  1 sorted set of the places taken, by the millisecond at which they are free again
-- ARGV  1 milliseconds until they are free again   2.. who holds the places
-- Returns nothing

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
