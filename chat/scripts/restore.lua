-- Stores some messages of a session that does not exist yet: only reveal.lua makes it one. Until then its keys expire
-- soon.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns (unused)
-- ARGV  1 seconds to keep the keys   2.. for each message its id, the id of the one that it follows ('' = none), and its
--       JSON without its opening brace and id, the ids of its files, and the feedback on it as JSON ('' = none). A
--       message may follow one that is missing, because it was trimmed.
-- Returns the number of messages stored so far
-- A repetition adds no message twice.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

for index = 2, #ARGV, 5 do
  local id, above = ARGV[index], ARGV[index + 1]
  if redis.call('HEXISTS', TREE, id) == 0 then
    local parent = above ~= '' and (node(above) or {id = above, depth = -1}) or nil
    add(id, parent, ARGV[index + 2], ARGV[index + 3])
    set_feedback(id, ARGV[index + 4])
  end
end
for _, key in ipairs({SESSION, TREE, ORDER}) do redis.call('EXPIRE', key, ARGV[1]) end
return tonumber(redis.call('HGET', SESSION, 'messages') or 0)
