-- Delete a session and everything of it, all at once. From here on nothing can be opened, appended or closed in it.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4.. every key that the turns zset leads to
-- ARGV  1 user id   2.. the members of the turns zset as the caller saw them
-- Returns 'deleted', 'unknown', or 'changed' (there are more members by now: look again)

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown' end
local members = {}
for index = 2, #ARGV do members[ARGV[index]] = true end
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if not members[member] then return 'changed' end
end
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
return 'deleted'
