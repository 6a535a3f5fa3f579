-- Makes a session of the messages that restore.lua stored, in two steps: 'make' gives it its fields, but it still expires
-- soon; 'keep' keeps it. Between them the caller adds it to its user's list.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns   6 turns zset
-- ARGV  by name:
--       step            'make' or 'keep'
--       user, title, persona, created_at, updated_at   fields of the session; the times '' = now
--       messages        number of messages that have to be there
--       leaf            the last message of the branch that is shown ('' = none)
--       instructions, temperature, max_tokens   what the user has set for the session ('' = not set)
--       trimmed         '1' where messages may follow some that are missing
--       last_turn       number that the turns of the session have to exceed
--       legacy          newest messages to keep in the form of 0.1.0
--       keep_history, keep_session   seconds to keep each; a longer time that is set already stays
-- Returns {the session's revision, bytes of its messages}
--         {} where messages or the session are missing: they have expired or were deleted
-- A repetition changes nothing more and returns the same.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local NEVER = 1e10 -- so that a process of 0.1.0 that deletes the session deletes these keys, too

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

local user, messages = unpack(redis.call('HMGET', SESSION, 'user_id', 'messages'))
if user and user ~= arg.user or not user and arg.step ~= 'make' then return {} end
if not user then
  if tonumber(messages or 0) ~= tonumber(arg.messages) then return {} end
  local time = redis.call('TIME')
  local now = string.format('%s.%06d', time[1], time[2])
  redis.call('HSET', SESSION, 'user_id', arg.user, 'title', arg.title, 'persona', arg.persona, 'last_turn', arg.last_turn,
    'created_at', arg.created_at ~= '' and arg.created_at or now,
    'updated_at', arg.updated_at ~= '' and arg.updated_at or now)
  if arg.title ~= '' then redis.call('HSET', SESSION, 'title_from', 'user') end
  for _, name in ipairs({'instructions', 'temperature', 'max_tokens'}) do
    if arg[name] ~= '' then redis.call('HSET', SESSION, name, arg[name]) end
  end
  if arg.instructions ~= '' then redis.call('HSET', SESSION, 'has_instructions', 1) end
  if arg.trimmed == '1' then redis.call('HSET', SESSION, 'trimmed', 1) end
  redis.call('HINCRBY', SESSION, 'revision', 2)
  if arg.leaf ~= '' then
    redis.call('HSET', SESSION, 'leaf', arg.leaf, 'has_messages', 1)
    set_head(arg.leaf, tonumber(arg.legacy))
    if arg.legacy ~= '0' then redis.call('ZADD', KEYS[6], NEVER, TREE, NEVER, ORDER, NEVER, KEYS[5]) end
  end
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, arg.keep_session) end
end
for _, key in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', key, arg.keep_history, 'GT') end
for _, key in ipairs({SESSION, KEYS[6]}) do redis.call('EXPIRE', key, arg.keep_session, 'GT') end
local revision, bytes = unpack(redis.call('HMGET', SESSION, 'revision', 'bytes'))
return {tonumber(revision), tonumber(bytes or 0)}
