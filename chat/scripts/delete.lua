#!lua flags=allow-oom
-- Deletes a session. From then on nothing can be opened, read, appended or closed in it. The turns that the caller
-- names are deleted too: all of them or, if there are many, the newest, among which are all active ones.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 idempotency records   5 zset of their names
--       6 message tree   7 ids of its messages   8 waiting turns   9.. every key of the turns to delete
-- ARGV  1 user id   2 greatest number of turns to delete   3 seconds until the list of the others expires
--       4.. turns to delete, as the caller read them
-- Returns 'deleted', 'unknown', or 'changed' (there are newer turns: read them and call again)
-- A repetition returns 'unknown' and changes nothing.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown' end
local named = {}
for index = 4, #ARGV do named[ARGV[index]] = true end
for _, turn in ipairs(redis.call('ZREVRANGE', KEYS[3], 0, tonumber(ARGV[2]) - 1)) do
  if not named[turn] then return 'changed' end
end
for index, key in ipairs(KEYS) do
  if index ~= 3 then redis.call('UNLINK', key) end
end
for index = 4, #ARGV do redis.call('ZREM', KEYS[3], ARGV[index]) end
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 'deleted'
