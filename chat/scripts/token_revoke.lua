#!lua flags=allow-oom
-- Marks an API token as revoked in its user's list, so that a process that is making it notices.
--
-- KEYS  1 the user's API tokens: id -> entry
-- ARGV  1 id
-- Returns the entry, without the mark; false where the user has no such token
-- A repetition changes nothing and returns the same.

local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return false end
if string.sub(entry, 1, 1) == '!' then return string.sub(entry, 2) end
redis.call('HSET', KEYS[1], ARGV[1], '!' .. entry)
return entry
