#!lua flags=allow-oom
-- Queues a job, unless it is queued or running, and wakes idle workers.
--
-- KEYS  1 queue zset   2 job key
-- ARGV  1 job id   2 job in arq's format   3 milliseconds to keep it   4 wake channel
-- Returns 1, or 0 where the job was queued before
-- A repetition only publishes on the wake channel again, and returns 0.

local time = redis.call('TIME')
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3], 'NX')
local added = redis.call('ZADD', KEYS[1], 'NX', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return added
