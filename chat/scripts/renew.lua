-- Renew a worker's leases and note that it is alive.
--
-- KEYS  1 queue zset   2 workers zset
-- ARGV  1 lease, milliseconds   2 prefix of the in-progress keys   3 worker name   4 milliseconds of silence after which it counts as dead
--       5.. job id, claim token, …
-- Returns the job ids whose lease is lost

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)

local lost = {}
for index = 5, #ARGV, 2 do
  local id = ARGV[index]
  if redis.call('GET', ARGV[2] .. id) == ARGV[index + 1] then
    redis.call('PEXPIRE', ARGV[2] .. id, ARGV[1])
    redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[1]), id)
  else
    lost[#lost + 1] = id
  end
end
return lost
