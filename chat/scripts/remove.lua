#!lua flags=allow-oom
-- Removes a message and all that follow it, on every branch, some of them per call. The last message of each branch is
-- removed first, so what is left is a tree. A frozen share link that showed the message ends before it from then on. If
-- the branch that is shown ends below it, another version of the message is shown, or the branch to the message before
-- it. A title that was made from the messages is removed with them, also from frozen share links.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns   6 turns zset
-- ARGV  1 user id   2 id of the message   3 newest messages to keep in the form of 0.1.0   4 unique id of this removal
-- Returns {'removed', the session's revision, bytes of its messages}
--         {'more', …} the same; some messages are left: call again
--         {'unknown_session'} {'unknown_message'} {'busy', turn id} (a reply is running)
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- A repetition goes on with what is left, and returns 'removed' after the last message.

local BATCH, BATCH_BYTES = 100, 300000

local SESSION, LIST, TREE, ORDER, WAITING, TURNS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- include tree
-- include waiting
-- include shares

local user, active, title_from, title_at, words, shown = unpack(redis.call(
  'HMGET', SESSION, 'user_id', 'active_turn', 'title_from', 'title_at', 'words', 'leaf'))
if user ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end
local function answer(state)
  local revision, size = unpack(redis.call('HMGET', SESSION, 'revision', 'bytes'))
  return {state, tonumber(revision or 0), tonumber(size or 0)}
end

local target = node(ARGV[2])
if not target then return redis.call('HGET', SESSION, 'removed') == ARGV[4] and answer('removed') or {'unknown_message'} end
if active and active ~= '' then return {'busy', active} end

-- Returns the newest other version of the message that has a text; the newest one if none has.
local function other_version()
  local newest
  for id in string.gmatch(string.reverse(redis.call('HGET', TREE, 'v:' .. target.parent)), '%S+') do
    id = string.reverse(id)
    if id ~= target.id then
      newest = newest or id
      if field_of(redis.call('HGET', TREE, id), 'content') ~= '' then return id end
    end
  end
  return newest
end

local leaf = node(shown)
local is_shown = leaf and is_below(leaf, target)
if is_shown then
  local other = other_version()
  local instead = other and leaf_below(node(other)) or target.parent
  if not node(instead) then instead = redis.call('LINDEX', ORDER, -1) end -- the parent was dropped: the newest one left
  if node(instead) and not is_below(node(instead), target) then
    set_leaf(node(instead))
    set_head(instead, tonumber(ARGV[3]))
  else
    redis.call('HDEL', SESSION, 'leaf', 'head')
    redis.call('UNLINK', LIST)
  end
end

local shares = all_shares()
title_at = tonumber(title_at or title_from == 'model' and 1 or 0) -- 0.1.0 made titles from the first question and reply
if is_shown and title_from ~= 'user' and target.depth <= title_at then
  local title = target.depth > 0 and words or ''
  local before = redis.call('HGET', SESSION, 'title')
  for name, share in pairs(shares) do
    if share.kind == 'frozen' and share.title == before then
      share.title = title
      put_share(name, share)
    end
  end
  redis.call('HSET', SESSION, 'title', title, 'title_from', 'question')
  redis.call('HDEL', SESSION, 'title_at')
  if title == '' then redis.call('HDEL', SESSION, 'words') end
end
redis.call('HINCRBY', SESSION, 'cuts', 1)

local bytes = 0

local function end_shares_before(given)
  for name, share in pairs(shares) do
    if share.leaf == given.id then
      share.leaf = given.parent
      if node(given.parent) then put_share(name, share) else drop_share(name) end
    end
  end
end

-- Removes a message that no other follows. Returns its other versions.
local function remove(id)
  local json = redis.call('HGET', TREE, id)
  local given = head_of(json)
  local rest = leave_parent(given)
  local own = segment(given.segment)
  if own.name == id then
    redis.call('HDEL', TREE, 's:' .. id, 'f:' .. id)
  else
    own.last = given.parent
    put_segment(own)
  end
  forget(id)
  end_shares_before(given)
  local turn = field_of(json, 'turn_id')
  if turn and given.role == 'assistant' then
    redis.call('HDEL', TREE, 't:' .. string.match(turn, '%d+$'))
    redis.call('UNLINK', turn_key(turn), turn_key(turn) .. ':log')
    redis.call('ZREM', TURNS, turn)
  end
  redis.call('HINCRBY', SESSION, 'messages', -1)
  redis.call('HINCRBY', SESSION, 'bytes', -#json)
  bytes = bytes + #json
  return rest
end

local state, at = 'more', first_leaf(target)
for _ = 1, BATCH do
  local rest = remove(at.id)
  if at.id == target.id then state = 'removed' end
  if state == 'removed' or bytes > BATCH_BYTES then break end
  at = #rest > 0 and first_leaf(node(rest[#rest])) or node(at.parent)
end
if redis.call('HGET', SESSION, 'messages') == '0' then redis.call('HDEL', SESSION, 'has_messages', 'trimmed', 'dropped') end
redis.call('HINCRBY', SESSION, 'revision', 2)
if state == 'removed' then redis.call('HSET', SESSION, 'removed', ARGV[4]) end
return answer(state)
