#!lua flags=allow-oom
-- Ends a claim: removes the job from the queue, or releases it for other workers.
--
-- KEYS  1 queue zset   2 in-progress key   3 job key   4 retry key
-- ARGV  1 job id   2 claim token   3 '1' = done, '0' = release   4 milliseconds until a released job is due
-- Returns 1, or 0 where the caller does not hold the claim (any more)
-- A repetition returns 0 and changes nothing.

if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  -- The job was dropped meanwhile: remove the keys that arq has written since.
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
