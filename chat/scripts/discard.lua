#!lua flags=allow-oom
-- Removes a session in which nothing was ever asked.
--
-- KEYS  1 session hash   2 waiting turns
-- ARGV  1 user id
-- Returns 'discarded', 'kept' (it has or had a turn or messages), or 'unknown'
-- A repetition returns 'unknown' and changes nothing.

local fields = redis.call('HMGET', KEYS[1], 'user_id', 'last_turn', 'active_turn', 'has_messages')
if fields[1] ~= ARGV[1] then return 'unknown' end
for index = 2, 4 do
  if fields[index] and fields[index] ~= '' then return 'kept' end
end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'kept' end
redis.call('UNLINK', KEYS[1])
return 'discarded'
