-- Reads a page of a branch of a session.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns
-- ARGV  1 user id   2 greatest number of messages   3 greatest number of bytes, with the waiting questions (the page's newest
--       message is always returned)   4 id of the message that follows the page ('' = none: the newest page)
--       5 id of a message whose branch is read, to its leaf that was shown last ('' = the branch that is shown)
--       6 id of a message in the middle of the page, 7 id of the message before the page ('' = none; at most one of 4, 6
--       and 7 is given; if the branch does not have the message, its own branch is read)
-- Returns {'page', session hash, number of messages of the branch, number of messages before the page, and after it,
--          messages, newest first, for each of them the ids of its versions, waiting questions in order: for each its turn,
--          the message without its brace and id, persona, model, 1 where the branch is the one that is shown (while a reply
--          runs: the one to its question)}
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

-- Returns the message `most` messages after the given one on the way to the leaf, and how many it is after it: fewer where
-- more than `room` bytes would lie between, but at least `least`.
local function some_after(given, leaf, most, least, room)
  local names, depths, position = way_up(leaf)
  for count = 1, most do
    local index = position[given.segment]
    local id = index and names[index - 1]
    if index and given.depth < depths[index] then
      id = string.match(redis.call('HGET', TREE, 'v:' .. given.id) or '', '^(%S+)')
    end
    local following = node(id)
    room = room - (following and redis.call('HSTRLEN', TREE, id) or 0)
    if not following or (room < 0 and count > least) then return given, count - 1 end
    given = following
  end
  return given, most
end

local is_active = (session.active_turn or '') ~= ''
local shown = node(is_active and session.head or session.leaf)
local newest = shown
if ARGV[5] ~= '' then
  newest = node(ARGV[5])
  if not newest then return {'unknown_message'} end
  newest = node(leaf_below(newest))
end
local first, most = newest, tonumber(ARGV[2])
if ARGV[4] ~= '' then
  first = node(ARGV[4])
  if not first then return {'unknown_message'} end
  if not (newest and is_below(newest, first)) then newest = node(leaf_below(first)) end
  first = node(first.parent)
elseif ARGV[6] .. ARGV[7] ~= '' then
  local given, room = node(ARGV[6] .. ARGV[7]), tonumber(ARGV[3])
  if not given then return {'unknown_message'} end
  if not (newest and is_below(newest, given)) then newest = node(leaf_below(given)) end
  if ARGV[7] ~= '' then
    first, most = some_after(given, newest, most, 1, room)
  else
    first = some_after(given, newest, math.floor(most / 2), 0, room - redis.call('HSTRLEN', TREE, given.id))
  end
end
local waiting, waiting_bytes = {}, 0
for _, turn in ipairs(redis.call('LRANGE', WAITING, 0, -1)) do
  local found = redis.call('HMGET', turn_key(turn), 'message', 'persona', 'model')
  if found[1] then -- the others have expired
    waiting[#waiting + 1] = {turn, unpack(found)}
    waiting_bytes = waiting_bytes + #found[1]
  end
end
if not newest then return {'page', fields, 0, 0, 0, {}, {}, waiting, 1} end
local later = newest.depth - (first and first.depth or -1)

local page, versions, bytes = {}, {}, waiting_bytes
local id = first and first.id
local oldest = nil
while id and #page < most do
  local json = redis.call('HGET', TREE, id)
  if not json then break end
  bytes = bytes + #json
  if bytes > tonumber(ARGV[3]) and #page > 0 then break end
  oldest = head_of(json)
  page[#page + 1] = with_feedback(id, json)
  versions[#versions + 1] = redis.call('HGET', TREE, 'v:' .. oldest.parent) or id
  bytes = bytes + #versions[#versions]
  id = oldest.parent
end

local earliest = oldest or node(ARGV[4] .. ARGV[7])
local depth = earliest.depth + (not oldest and ARGV[7] ~= '' and 1 or 0)
local dropped = session.dropped and first_depth(newest) or 0
return {'page', fields, newest.depth - dropped + 1, depth - dropped, later, page, versions, waiting,
  shown and newest.id == shown.id and 1 or 0}
