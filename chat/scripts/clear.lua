#!lua flags=allow-oom
-- Forget a session's messages and its turns. A running one is flagged to stop and let go: it is not kept, and the
-- session is free.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 turn hash of the active turn (any name where there is none)
--       5.. every key that the turns zset leads to, but for the active turn's
-- ARGV  1 user id   2 the active turn as the caller saw it ('' = none)
--       3.. the members of the turns zset as the caller saw them, but for the active turn
-- Returns 'cleared', 'unknown', or 'changed' (another turn is active, or there are more: look again)

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown' end
if (redis.call('HGET', KEYS[1], 'active_turn') or '') ~= ARGV[2] then return 'changed' end
local members = {}
for index = 2, #ARGV do members[ARGV[index]] = true end
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if not members[member] then return 'changed' end
end

for index = 5, #KEYS do redis.call('DEL', KEYS[index]) end
for index = 3, #ARGV do redis.call('ZREM', KEYS[3], ARGV[index]) end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('HSET', KEYS[4], 'cancel', 1)
end
redis.call('HDEL', KEYS[1], 'active_turn', 'trimmed')
redis.call('DEL', KEYS[2])
return 'cleared'
