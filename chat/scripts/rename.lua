-- Sets the title that a user gave to a session.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2 title
-- Returns 1, or 0 where the session is missing or another user's
-- A repetition sets the same title again.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'title', ARGV[2], 'title_from', 'user')
return 1
