-- Reads a page of what a share link shows.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns (unused)
-- ARGV  1 share id   2 greatest number of messages   3 greatest number of bytes (one message is always returned)
--       4 id of the message that follows the page ('' = none: the newest page)
-- Returns {'page', the share link as JSON, the session's title, messages, newest first, 1 where there are earlier ones,
--          1 where a reply to the newest one is being written}
--         {'gone'} (there is no such share link any more) {'unknown_message'}
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- Writes nothing.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree
-- include shares

if not is_taken_over() then return {'not_taken_over'} end
local share = share_named(ARGV[1])
if not share then return {'gone'} end
local last, is_running = last_of(share)
local id = last and last.id
if ARGV[4] ~= '' then
  local following = node(ARGV[4])
  if not (last and following and is_below(last, following)) then return {'unknown_message'} end
  id = following.parent
end

local page, bytes = {}, 0
while id and #page < tonumber(ARGV[2]) do
  local json = redis.call('HGET', TREE, id)
  if not json then break end
  bytes = bytes + #json
  if bytes > tonumber(ARGV[3]) and #page > 0 then break end
  page[#page + 1] = json
  id = head_of(json).parent
end
return {'page', redis.call('HGET', SESSION, SHARE .. ARGV[1]), redis.call('HGET', SESSION, 'title'), page,
  node(id) and 1 or 0, is_running and 1 or 0}
