-- Completes the record of a file whose objects are stored.
--
-- KEYS  1 file hash   2 the user's files: id -> bytes, and 'total'
-- ARGV  1 file id   2 bytes of all its objects   3.. fields of the record: name, value, name, value, …
-- Returns 1; 0 where the file was removed meanwhile
-- A repetition changes nothing and returns the same.

local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'arriving' then return state == 'ready' and 1 or 0 end
local fields = {'state', 'ready'}
for index = 3, #ARGV do fields[#fields + 1] = ARGV[index] end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('HINCRBY', KEYS[2], 'total', ARGV[2] - tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0))
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
