-- Free a session from a turn that is over or gone.
--
-- KEYS  1 session hash   2 turn hash
-- ARGV  1 turn id
-- Returns 1 where the session was freed

local state = redis.call('HGET', KEYS[2], 'state')
if state == 'queued' or state == 'running' then return 0 end
if redis.call('HGET', KEYS[1], 'active_turn') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'active_turn')
