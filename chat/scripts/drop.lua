#!lua flags=allow-oom
-- Take jobs off the queue, whoever runs them: their claims are void from here on.
--
-- KEYS  1 queue zset   2.. in-progress key, job key and retry key of each job
-- ARGV  job ids
-- Returns how many were queued

for index = 2, #KEYS do redis.call('DEL', KEYS[index]) end
local queued = 0
for _, id in ipairs(ARGV) do queued = queued + redis.call('ZREM', KEYS[1], id) end
return queued
