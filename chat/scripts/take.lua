#!lua flags=allow-oom
-- Claims one unclaimed job, so that the caller can end it without a worker.
--
-- KEYS  1 queue zset   2 in-progress key   3 last claim token
-- ARGV  1 job id   2 claim token   3 lease, milliseconds
-- Returns 1 where the caller holds the claim, 0 where another process holds it
-- A repetition changes nothing and returns the same.

if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[3]), ARGV[1])
  if tonumber(redis.call('GET', KEYS[3]) or 0) < tonumber(ARGV[2]) then redis.call('SET', KEYS[3], ARGV[2]) end
  return 1
end
return redis.call('GET', KEYS[2]) == ARGV[2] and 1 or 0
