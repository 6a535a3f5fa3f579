-- Reads a turn on behalf of the user of its session.
--
-- KEYS  1 session hash   2 turn hash
-- ARGV  1 user id
-- Returns the turn hash, empty where it is gone; false where the session is gone or another user's
-- Writes nothing.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return false end
return redis.call('HGETALL', KEYS[2])
