-- Reads a page of a branch of a session.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns
-- ARGV  1 user id   2 greatest number of messages   3 greatest number of bytes (the page's newest message is always
--       returned)   4 id of the message that follows the page ('' = none: the newest page)
--       5 id of a message whose branch is read, to its leaf that was shown last ('' = the branch that is shown)
-- Returns {'page', session hash, number of messages of the branch, number of messages before the page,
--          messages, newest first, for each of them the ids of its versions, waiting questions in order: for each its turn,
--          the message without its brace and id, persona, model}
--         {'unknown_session'} {'unknown_message'}
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- Writes nothing.

local SESSION, LIST, TREE, ORDER, WAITING = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include tree
-- include waiting

-- Returns the depth of the first message of the branch to this one that a limit has not dropped. It drops the oldest first,
-- so what is before a message that was dropped was dropped as well.
local function first_depth(given)
  local own = segment(given.segment)
  local first = redis.call('HGET', TREE, 'f:' .. own.name)
  for _ = 1, HOPS do
    local above = not first and own.above ~= '-' and segment(own.above)
    if not above then break end
    first = redis.call('HGET', TREE, 'f:' .. above.name)
    if first and tonumber(first) > own.depth then return own.depth + 1 end
    own = above
  end
  return tonumber(first or own.depth + 1)
end

local fields = redis.call('HGETALL', SESSION)
local session = {}
for index = 1, #fields, 2 do session[fields[index]] = fields[index + 1] end
if session.user_id ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end

local is_active = (session.active_turn or '') ~= ''
local newest = node(is_active and session.head or session.leaf)
if ARGV[5] ~= '' then
  newest = node(ARGV[5])
  if not newest then return {'unknown_message'} end
  newest = node(leaf_below(newest))
end
local first = newest
if ARGV[4] ~= '' then
  first = node(ARGV[4])
  if not first then return {'unknown_message'} end
  if ARGV[5] == '' and not (newest and newest.depth >= first.depth) then newest = first end
  first = node(first.parent)
end
local waiting = {}
for index, turn in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
  waiting[index] = {turn, unpack(redis.call('HMGET', turn_key(turn), 'message', 'persona', 'model'))}
end
if not newest then return {'page', fields, 0, 0, {}, {}, waiting} end

local page, versions, bytes = {}, {}, 0
local id = first and first.id
local oldest = nil
while id and #page < tonumber(ARGV[2]) do
  local json = redis.call('HGET', TREE, id)
  if not json then break end
  bytes = bytes + #json
  if bytes > tonumber(ARGV[3]) and #page > 0 then break end
  oldest = head_of(json)
  page[#page + 1] = json
  versions[#versions + 1] = redis.call('HGET', TREE, 'v:' .. oldest.parent) or id
  id = oldest.parent
end

local earliest = oldest or node(ARGV[4])
local dropped = session.dropped and first_depth(newest) or 0
return {'page', fields, newest.depth - dropped + 1, earliest.depth - dropped, page, versions, waiting}
