#!lua flags=allow-oom
-- Queue a job, unless it is queued, and tell the workers.
--
-- KEYS  1 queue zset   2 job key
-- ARGV  1 job id   2 the job, as arq reads it   3 milliseconds to keep it   4 wake channel
-- Returns 1 where it was not queued before

local time = redis.call('TIME')
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3], 'NX')
local added = redis.call('ZADD', KEYS[1], 'NX', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000), ARGV[1])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return added
