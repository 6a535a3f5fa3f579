#!lua flags=allow-oom
-- Renews a worker's leases and stores its heartbeat.
--
-- KEYS  1 queue zset   2 workers zset   3 renewals hash
-- ARGV  1 lease, milliseconds   2 prefix of the in-progress keys   3 worker name
--       4 milliseconds without a heartbeat after which the worker counts as dead   5.. job id, claim token, …
-- Returns the job ids whose lease is lost
-- A repetition renews the leases again.
-- An expired lease is renewed too, unless another worker has claimed the job since: the store was unreachable, or its
-- clock was set forward. claim.lua makes other workers wait for this.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lease, silence = tonumber(ARGV[1]), tonumber(ARGV[4])

if now - tonumber(redis.call('HGET', KEYS[3], 'at') or now) > lease then
  redis.call('HSET', KEYS[3], 'rest_until', now + math.floor(lease / 2))
end
redis.call('HSET', KEYS[3], 'at', now)

redis.call('ZADD', KEYS[2], now + silence, ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. now + silence, '+inf') -- from before the clock was set back

local lost = {}
for index = 5, #ARGV, 2 do
  local id, token = ARGV[index], ARGV[index + 1]
  local holder = redis.call('GET', ARGV[2] .. id)
  if holder == token or (not holder and redis.call('ZSCORE', KEYS[1], id)) then
    redis.call('SET', ARGV[2] .. id, token, 'PX', lease)
    redis.call('ZADD', KEYS[1], 'XX', now + lease, id)
  else
    lost[#lost + 1] = id
  end
end
return lost
