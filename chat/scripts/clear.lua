#!lua flags=allow-oom
-- Forget a session's messages and its turns. A running one is flagged to stop and let go: it is not kept, and the
-- session is free. A title that was made from the messages goes with them; idempotency records stay, so that a question
-- that was sent once is not asked again.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 turn hash of the active turn (any name where there is none)
--       5.. every key of the other turns
-- ARGV  1 user id   2 the active turn as the caller saw it ('' = none)
--       3.. the members of the turns zset as the caller saw them, but for the active turn
-- Returns 'cleared', now or by an earlier call; 'unknown'; or 'changed' (another turn is active, or there are more: look
--         again)

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown' end
local active, title_from = unpack(redis.call('HMGET', KEYS[1], 'active_turn', 'title_from'))
active = active or ''
if active ~= ARGV[2] then
  local again = active == '' and redis.call('EXISTS', KEYS[2]) == 0 and redis.call('HGET', KEYS[4], 'cancel') == '1'
  return again and 'cleared' or 'changed'
end
local named = {[active] = true}
for index = 3, #ARGV do named[ARGV[index]] = true end
if redis.call('ZCARD', KEYS[3]) > #ARGV then return 'changed' end
for _, turn in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if not named[turn] then return 'changed' end
end

for index = 5, #KEYS do redis.call('UNLINK', KEYS[index]) end
for index = 3, #ARGV do redis.call('ZREM', KEYS[3], ARGV[index]) end
if active ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then redis.call('HSET', KEYS[4], 'cancel', 1) end
redis.call('HDEL', KEYS[1], 'active_turn', 'trimmed', 'has_messages')
redis.call('HINCRBY', KEYS[1], 'cuts', 1)
if title_from ~= 'user' then
  redis.call('HSET', KEYS[1], 'title', '')
  redis.call('HDEL', KEYS[1], 'title_from', 'title_at', 'words')
end
redis.call('UNLINK', KEYS[2])
return 'cleared'
