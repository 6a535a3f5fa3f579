-- Tells whose file it is that a share link shows.
--
-- KEYS  1 session hash   2 messages list (unused)   3 message tree
-- ARGV  1 share id   2 id of the message that the file is attached to   3 id of the file
-- Returns the user id of the session, '' where the share link does not show the file
-- Writes nothing.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], nil
-- include tree
-- include shares

local share = share_named(ARGV[1])
local last = share and last_of(share)
local given = node(ARGV[2])
if not (last and given and is_below(last, given)) then return '' end
for id in string.gmatch(redis.call('HGET', TREE, 'a:' .. given.id) or '', '%S+') do
  if id == ARGV[3] then return redis.call('HGET', SESSION, 'user_id') end
end
return ''
