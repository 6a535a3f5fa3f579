#!lua flags=allow-oom
-- Removes the record of a file whose objects are gone.
--
-- KEYS  1 file hash   2 the user's files: id -> bytes, and 'total'   3.. the files of each session that it was bound to
-- ARGV  1 file id
-- Returns the bytes that it took; 0 where it was removed before
-- A repetition changes nothing and returns 0.

for index = 3, #KEYS do redis.call('SREM', KEYS[index], ARGV[1]) end
redis.call('UNLINK', KEYS[1])
local bytes = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if redis.call('HDEL', KEYS[2], ARGV[1]) == 1 then redis.call('HINCRBY', KEYS[2], 'total', 0 - bytes) end
if redis.call('HLEN', KEYS[2]) <= 1 then redis.call('UNLINK', KEYS[2]) end
return bytes
