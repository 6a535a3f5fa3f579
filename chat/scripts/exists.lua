-- Tells whether a session exists. A script, so that it can follow others in one round trip.
--
-- KEYS  1 session hash
-- ARGV  none
-- Returns 1 or 0
-- Writes nothing.

return redis.call('EXISTS', KEYS[1])
