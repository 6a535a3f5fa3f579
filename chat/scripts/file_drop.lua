#!lua flags=allow-oom
-- Marks a file as being removed, unless it was bound to a session meanwhile. From then on it can be neither read nor bound.
--
-- KEYS  1 file hash
-- ARGV  1 how often the file was bound when the caller began to check that no session uses it
-- Returns 1 where the file is to be removed, now or by an earlier call, or is missing; 0 where it stays
-- A repetition changes nothing and returns the same.

local state, binds, unsettled, until_time = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'binds', 'unsettled', 'unsettled_until'))
if not state or state == 'removed' then return 1 end
if tonumber(binds or 0) ~= tonumber(ARGV[1]) then return 0 end
local now = tonumber(redis.call('TIME')[1])
if tonumber(unsettled or 0) > 0 and tonumber(until_time or 0) >= now then return 0 end
redis.call('HSET', KEYS[1], 'state', 'removed')
return 1
