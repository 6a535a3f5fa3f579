#!lua flags=allow-oom
-- Renews slots that reserve.lua took.
--
-- KEYS  1 zset: holders of slots by the millisecond at which their slot expires
-- ARGV  1 milliseconds until the slots expire   2.. holders
-- Returns nothing
-- A repetition renews the slots again.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
