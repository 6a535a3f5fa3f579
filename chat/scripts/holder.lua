#!lua flags=allow-oom
-- Checks whether a job is claimed, and issues a new claim token.
--
-- KEYS  1 in-progress key   2 last claim token
-- ARGV  1 lease, milliseconds
-- Returns {held, token}   held = 1 where the job is claimed; token is greater than that of any claim so far
-- A repetition issues another token; the first one stays unused.
-- A claim that would last longer than a lease was made before the clock was set back: it ends one lease from now.

local held = redis.call('EXISTS', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if held == 1 and (left < 0 or left > tonumber(ARGV[1])) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local token = string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), last + 1))
redis.call('SET', KEYS[2], token)
return {held, token}
