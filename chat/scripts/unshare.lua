#!lua flags=allow-oom
-- Removes a share link of a session.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2 share id
-- Returns 'removed', 'unknown' (there is no such share link), or 'unknown_session'
-- A repetition returns 'unknown'.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown_session' end
return redis.call('HDEL', KEYS[1], 'share:' .. ARGV[2]) == 1 and 'removed' or 'unknown'
