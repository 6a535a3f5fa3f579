#!lua flags=allow-oom
-- Free a session from a turn that is over or gone.
--
-- KEYS  1 session hash   2 turn hash
-- ARGV  1 turn id
-- Returns 1 where the session is free of it, now or by an earlier call; 0 where the turn is not over

local state = redis.call('HGET', KEYS[2], 'state')
if state == 'queued' or state == 'running' then return 0 end
if redis.call('HGET', KEYS[1], 'active_turn') == ARGV[1] then redis.call('HDEL', KEYS[1], 'active_turn') end
return 1
