-- Take the open turns that nobody has looked at for a while; others will not be given them until `pause` is over.
--
-- KEYS  1 open turns zset
-- ARGV  1 turns wanted   2 pause, milliseconds
-- Returns turn ids

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), id)
end
return due
