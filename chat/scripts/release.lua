#!lua flags=allow-oom
-- Frees a session whose active turn is over or gone.
--
-- KEYS  1 session hash   2 turn hash
-- ARGV  1 turn id
-- Returns 1 where the turn is not the session's active turn (any more); 0 where the turn is queued or running
-- A repetition changes nothing.

local state = redis.call('HGET', KEYS[2], 'state')
if state == 'queued' or state == 'running' then return 0 end
if redis.call('HGET', KEYS[1], 'active_turn') == ARGV[1] then redis.call('HDEL', KEYS[1], 'active_turn') end
return 1
