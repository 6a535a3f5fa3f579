#!lua flags=allow-oom
-- Removes the note of a session in which a client's request was to be asked and was not.
--
-- KEYS  1 the note
-- ARGV  1 session id; the note of another one stays
-- Returns 1
-- A repetition changes nothing.

if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end
return 1
