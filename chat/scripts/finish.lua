#!lua flags=allow-oom
-- End a claim: take the job off the queue, or give it back so that another worker has it at once.
--
-- KEYS  1 queue zset   2 in-progress key   3 job key   4 retry key
-- ARGV  1 job id   2 claim token   3 '1' = done, '0' = give back   4 milliseconds to wait before it may be claimed again
-- Returns 1, or 0 where the claim is not the caller's any more

if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  -- Of a job that was dropped meanwhile, nothing that arq noted since may stay.
  if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('DEL', KEYS[3], KEYS[4]) end
  return 0
end
redis.call('DEL', KEYS[2])
if ARGV[3] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('DEL', KEYS[3], KEYS[4])
else
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[4]), ARGV[1])
end
return 1
