#!lua flags=allow-oom
-- Removes jobs from the queue, claimed ones too: their claims become void.
--
-- KEYS  1 queue zset   2.. in-progress key, job key and retry key of each job
-- ARGV  job ids
-- Returns the number of jobs that were queued
-- A repetition removes nothing more and returns 0.

for index = 2, #KEYS do redis.call('DEL', KEYS[index]) end
local queued = 0
for _, id in ipairs(ARGV) do queued = queued + redis.call('ZREM', KEYS[1], id) end
return queued
