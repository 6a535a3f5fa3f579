-- Adds the record of a file that is arriving, if its user's files may take that many bytes.
--
-- KEYS  1 file hash   2 the user's files: id -> bytes, and 'total'
-- ARGV  1 file id   2 bytes to count   3 greatest number of bytes of all files of the user (0 = unlimited)
--       4 seconds to keep the keys   5.. fields of the record: name, value, name, value, …
-- Returns 1; 0 where the files would take more
-- A repetition changes nothing and returns 1.

if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local total, most = tonumber(redis.call('HGET', KEYS[2], 'total') or 0), tonumber(ARGV[3])
if most > 0 and total + tonumber(ARGV[2]) > most then return 0 end
local fields = {'state', 'arriving', 'created_at', redis.call('TIME')[1]}
for index = 5, #ARGV do fields[#fields + 1] = ARGV[index] end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[2], 'total', ARGV[2])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
return 1
