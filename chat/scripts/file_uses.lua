-- Tells which files the messages of a session, or its waiting questions, have.
--
-- KEYS  1 session hash   2 message tree   3 waiting turns
-- ARGV  1.. the files' ids
-- Returns those of the ids that are used
-- Writes nothing.

local SESSION, TREE, WAITING, LIST, ORDER, TURNS = KEYS[1], KEYS[2], KEYS[3]
-- include tree
-- include waiting

local waiting = {}
for _, turn in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
  waiting[#waiting + 1] = redis.call('HGET', turn_key(turn), 'files') or ''
end
local ids, used = table.concat(waiting, ' '), {}
for _, id in ipairs(ARGV) do
  if redis.call('HEXISTS', TREE, 'r:' .. id) == 1 or string.find(ids, id, 1, true) then used[#used + 1] = id end
end
return used
