-- Note that the owner hands its turn back in good order, so that the next attempt does not count as a loss.
--
-- KEYS  1 turn hash
-- ARGV  1 claim token
-- Returns 1, or 0 where the turn is not the caller's (any more)

local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if state ~= 'running' or owner ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'handed_back', 1)
return 1
