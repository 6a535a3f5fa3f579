#!lua flags=allow-oom
-- Removes a session's messages and turns. A running turn gets its stop flag and is detached: it leaves no reply, and
-- the session is free at once. A title that was made from the messages is removed with them, and so are the share
-- links, and what the user has allowed tools to do.
-- Idempotency records stay, so that a repeated request does not ask its question again.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turns zset
--       7 turn hash of the active turn (any name where there is none)   8.. every key of the other turns
-- ARGV  1 user id   2 active turn that the caller read ('' = none)
--       3.. other members of the turns zset that the caller read
-- Returns {'cleared', the session's revision}, now or by an earlier call; {'unknown'}; or {'changed'} (another active
--         turn, or further turns: read them and call again)
-- A repetition removes nothing more and returns 'cleared'; it may increment `cuts` and both revisions again.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return {'unknown'} end
local active, title_from = unpack(redis.call('HMGET', KEYS[1], 'active_turn', 'title_from'))
active = active or ''
if active ~= ARGV[2] then
  local is_empty = active == '' and redis.call('EXISTS', KEYS[2], KEYS[3]) == 0
  local repeated = is_empty and redis.call('HGET', KEYS[7], 'cancel') == '1'
  return repeated and {'cleared', tonumber(redis.call('HGET', KEYS[1], 'revision') or 0)} or {'changed'}
end
local named = {[active] = true}
for index = 3, #ARGV do named[ARGV[index]] = true end
if redis.call('ZCARD', KEYS[6]) > #ARGV then return {'changed'} end
for _, turn in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
  if not named[turn] then return {'changed'} end
end

for index = 8, #KEYS do redis.call('UNLINK', KEYS[index]) end
for index = 3, #ARGV do redis.call('ZREM', KEYS[6], ARGV[index]) end
if active ~= '' and redis.call('EXISTS', KEYS[7]) == 1 then redis.call('HSET', KEYS[7], 'cancel', 1) end
redis.call('HDEL', KEYS[1], 'active_turn', 'trimmed', 'dropped', 'has_messages', 'leaf', 'head', 'messages', 'bytes',
  'taken_over', 'paused', 'asks', 'allowed_tools')
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 6) == 'share:' then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HINCRBY', KEYS[1], 'cuts', 1)
redis.call('HINCRBY', KEYS[1], 'waiting_revision', 1)
if title_from ~= 'user' then
  redis.call('HSET', KEYS[1], 'title', '')
  redis.call('HDEL', KEYS[1], 'title_from', 'title_at', 'words')
end
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return {'cleared', redis.call('HINCRBY', KEYS[1], 'revision', 2)}
