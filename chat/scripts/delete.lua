-- Delete a session. From here on nothing can be opened, appended or closed in it.
--
-- KEYS  1 session hash   2 messages list   3 turns zset
-- ARGV  1 user id
-- Returns the ids of its turns, whose keys the caller removes next; nil where the session is not the user's

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return nil end
local turns = redis.call('ZRANGE', KEYS[3], 0, -1)
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return turns
