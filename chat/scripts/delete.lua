#!lua flags=allow-oom
-- Delete a session. From here on nothing can be opened, read, appended or closed in it. Of its turns those go that the
-- caller names: all, or where there are many the newest, to which all belong that are not over.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 idempotency records   5 zset of their names
--       6.. every key of the turns that go
-- ARGV  1 user id   2 turns that go at the most   3 seconds that the rest is kept where nobody drops it
--       4.. the turns that go, as the caller saw them
-- Returns 'deleted', 'unknown' (also where an earlier call has deleted it), or 'changed' (there are others by now: look
--         again)

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
