-- Take a job off the queue, whoever runs it: its claim is void from here on.
--
-- KEYS  1 queue zset   2 in-progress key   3 job key   4 retry key
-- ARGV  1 job id
-- Returns 1 where it was queued

redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
return redis.call('ZREM', KEYS[1], ARGV[1])
