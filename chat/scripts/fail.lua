#!lua flags=allow-oom
-- Counts a failure. Opens the circuit after several in a row, and for longer where a trial has failed.
--
-- KEYS  1 circuit hash   2 zset: its failures by their milliseconds
-- ARGV  1 unique to this failure   2 its reason   3 failures that open the circuit   4 milliseconds in which they count
--       5 milliseconds for which it opens   6 the longest such time   7 milliseconds after which it is forgotten
-- Returns 1 where the circuit is open, 0 where it is not
-- A repetition changes nothing and returns the same.
-- A time further ahead than it can be was written before the clock was set back; it counts as past.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local open_until, openings = unpack(redis.call('HMGET', KEYS[1], 'open_until', 'openings'))

local function open(times)
  local length = math.min(tonumber(ARGV[5]) * 2 ^ (times - 1), tonumber(ARGV[6]))
  redis.call('HSET', KEYS[1], 'open_until', now + length, 'openings', times, 'reason', ARGV[2])
  redis.call('HDEL', KEYS[1], 'trial', 'trial_until')
  redis.call('PEXPIRE', KEYS[1], math.floor(length + tonumber(ARGV[7])))
  redis.call('UNLINK', KEYS[2])
  return 1
end

if open_until then
  open_until = tonumber(open_until)
  if open_until > now and open_until <= now + tonumber(ARGV[6]) then return 1 end
  return open(math.min(tonumber(openings) + 1, 20))
end
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[4]))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. now, '+inf')
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return open(1) end
return 0
