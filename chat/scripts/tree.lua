-- Functions on a session's message tree, for scripts that include them. These declare the keys before:
-- SESSION the session's hash, LIST its messages in the form of 0.1.0, TREE its tree, ORDER the ids of its messages, oldest
-- first.
--
-- TREE is a hash with these fields:
--   <message id>     the message as JSON, which begins with id, parent_id ('' = none), depth, segment and role
--   v:<message id>   the ids of the messages that follow it, oldest first: versions of each other ('v:' = the first messages)
--   s:<segment>      "<parent> <its segment> <its depth> <last message> <number of segments above>" of a segment, '-' = none
--   l:<message id>   the leaf below a version that was shown last when another version was chosen
--   t:<turn number>  the id of a reply that was taken over from 0.1.0
--   f:<segment>      the depth of the first message that is left of a segment, where a limit has dropped others
--   a:<message id>   the ids of the files that are attached to a message
--   r:<file id>      the number of messages that a file is attached to
--   b:<message id>   what the user thinks of a reply, as JSON
-- A segment is a run of messages in which each is the first version of what follows the one before. It has the id of its
-- first message. Its parent is the message before that. Segments are why a leaf is found without walking along messages.
--
-- The session's hash has `leaf`, the last message of the branch that is shown; `head`, the same or, while a reply runs,
-- its question; `messages` and `bytes`, the number and size of all messages. `dropped`: some were dropped. Then `trimmed` is
-- set, too, for 0.1.0, which also sets it when it drops messages of the list alone.

local HOPS = 500 -- greatest number of nested segments
local LIST_BYTES = 500000 -- after which no further message is copied for 0.1.0
local TRIM_BYTES = 1000000 -- after which one call drops no further message

local function head_of(json)
  local id, parent, depth, segment, role =
    string.match(json, '^{"id":"([^"]*)","parent_id":"([^"]*)","depth":(%d+),"segment":"([^"]*)","role":"(%a+)"')
  return {id = id, parent = parent, depth = tonumber(depth), segment = segment, role = role}
end

local function node(id)
  local json = id and redis.call('HGET', TREE, id)
  return json and string.sub(json, 1, 7) == '{"id":"' and head_of(json) or nil
end

local function segment(name)
  local text = redis.call('HGET', TREE, 's:' .. name)
  if not text then return nil end
  local parent, above, depth, last, level = string.match(text, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
  return {name = name, parent = parent, above = above, depth = tonumber(depth), last = last, level = tonumber(level)}
end

local function put_segment(given)
  redis.call('HSET', TREE, 's:' .. given.name,
    string.format('%s %s %d %s %d', given.parent, given.above, given.depth, given.last, given.level))
end

-- Counts the files that are attached to a message: once more, or (-1) once less.
local function count_files(files, by)
  for id in string.gmatch(files or '', '%S+') do
    if redis.call('HINCRBY', TREE, 'r:' .. id, by) <= 0 then redis.call('HDEL', TREE, 'r:' .. id) end
  end
end

-- Sets what the user thinks of a reply ('' = nothing).
local function set_feedback(id, json)
  local change = #json - redis.call('HSTRLEN', TREE, 'b:' .. id)
  if json ~= '' then redis.call('HSET', TREE, 'b:' .. id, json) else redis.call('HDEL', TREE, 'b:' .. id) end
  if change ~= 0 then redis.call('HINCRBY', SESSION, 'bytes', change) end
end

-- Returns a message with what the user thinks of it.
local function with_feedback(id, json)
  local given = redis.call('HGET', TREE, 'b:' .. id)
  return given and string.sub(json, 1, -2) .. ',"feedback":' .. given .. '}' or json
end

-- Adds a message after `parent` (nil = as a first one). `body` is its JSON without the brace and the id; `files` has the ids
-- of the files that are attached to it.
local function add(id, parent, body, files)
  local list = 'v:' .. (parent and parent.id or '')
  local versions = redis.call('HGET', TREE, list)
  local name = id
  local continued = parent and not versions and segment(parent.segment or '')
  if continued then
    name, continued.last = continued.name, id
    put_segment(continued)
  else
    local above = parent and segment(parent.segment or '')
    put_segment({name = id, parent = parent and parent.id or '-', above = parent and parent.segment or '-',
      depth = parent and parent.depth or -1, last = id, level = above and above.level + 1 or 0})
  end
  local depth = parent and parent.depth + 1 or 0
  local json = string.format('{"id":"%s","parent_id":"%s","depth":%d,"segment":"%s",', id, parent and parent.id or '',
    depth, name) .. body
  redis.call('HSET', TREE, list, versions and versions .. ' ' .. id or id, id, json)
  if files and files ~= '' then
    redis.call('HSET', TREE, 'a:' .. id, files)
    count_files(files, 1)
  end
  redis.call('RPUSH', ORDER, id)
  redis.call('HINCRBY', SESSION, 'messages', 1)
  redis.call('HINCRBY', SESSION, 'bytes', #json)
  return head_of(json), json
end

-- Removes what the tree has of a message itself.
local function forget(id)
  count_files(redis.call('HGET', TREE, 'a:' .. id), -1)
  set_feedback(id, '')
  redis.call('HDEL', TREE, id, 'l:' .. id, 'a:' .. id)
end

-- Removes the message from those that follow its parent. Returns the others.
local function leave_parent(given)
  local rest = {}
  for id in string.gmatch(redis.call('HGET', TREE, 'v:' .. given.parent) or '', '%S+') do
    if id ~= given.id then rest[#rest + 1] = id end
  end
  if #rest > 0 then
    redis.call('HSET', TREE, 'v:' .. given.parent, table.concat(rest, ' '))
  else
    redis.call('HDEL', TREE, 'v:' .. given.parent)
  end
  return rest
end

-- Returns the segments from a message up to the first one, and for each the depth at which the way to the message leaves it.
local function way_up(given)
  local names, depths, position = {}, {}, {}
  local name, depth = given.segment, given.depth
  for index = 1, HOPS do
    names[index], depths[index], position[name] = name, depth, index
    local own = segment(name)
    if not own or own.above == '-' then break end
    name, depth = own.above, own.depth
  end
  return names, depths, position
end

local function is_below(given, ancestor)
  local _, depths, position = way_up(given)
  local index = position[ancestor.segment]
  return index ~= nil and depths[index] >= ancestor.depth
end

-- Returns the version that is left where the branch to `after` is shown instead of that to `before`; nil if there is none.
local function left_version(before, after)
  local names, depths = way_up(before)
  local other_names, other_depths, position = way_up(after)
  for index, name in ipairs(names) do
    local other = position[name]
    if other and depths[index] <= other_depths[other] then return names[index - 1] end
    if other then -- the branch before goes on in the segment: with the first version of what follows the fork
      local fork = other > 1 and segment(other_names[other - 1]).parent
      local first = node(fork and string.match(redis.call('HGET', TREE, 'v:' .. fork) or '', '^(%S+)'))
      return first and first.segment == name and first.id or nil
    end
  end
  return names[#names]
end

-- Sets the leaf of the branch that is shown, and remembers that of the version that is left.
local function set_leaf(given)
  local before = node(redis.call('HGET', SESSION, 'leaf'))
  redis.call('HSET', SESSION, 'leaf', given.id)
  if not before or before.id == given.parent or before.id == given.id then return end
  local left = left_version(before, given)
  if left then redis.call('HSET', TREE, 'l:' .. left, before.id) end
end

-- Returns the leaf of the first versions below a message.
local function first_leaf(at)
  repeat
    local last = segment(at.segment).last
    local others = redis.call('HGET', TREE, 'v:' .. last) -- where the first version of what follows was removed
    at = node(others and string.match(others, '(%S+)$') or last)
  until not others
  return at
end

-- Sets the title of an untitled session, or of one whose title was made from messages at or after this depth that are no
-- longer shown; not one that the user gave. `given`: a title from the question that is shown instead.
local function retitle(depth, given, is_replaced)
  local title, from, at, words = unpack(redis.call('HMGET', SESSION, 'title', 'title_from', 'title_at', 'words'))
  local is_void = title == ''
  if is_replaced and from ~= 'user' then
    if depth == 0 then
      title, is_void = '', true
    elseif from == 'model' and depth <= tonumber(at or 1) then
      title, is_void = words or '', true
    end
  end
  if not is_void then return end
  if title == '' then title, words = given, given end
  redis.call('HSET', SESSION, 'title', title, 'title_from', 'question', 'words', words or '')
  redis.call('HDEL', SESSION, 'title_at')
end

-- Returns the id of the leaf below a message: the one that is shown, or was when another version was chosen, or else that
-- of the first versions.
local function leaf_below(given)
  for _, id in ipairs({redis.call('HGET', SESSION, 'leaf') or '', redis.call('HGET', TREE, 'l:' .. given.id) or ''}) do
    local known = node(id)
    if known and is_below(known, given) then return first_leaf(known).id end
  end
  return first_leaf(given).id
end

-- Sets which message is the newest that a reader sees, and keeps the newest `most` up to it in the form of 0.1.0.
local function set_head(id, most)
  local previous = redis.call('HGET', SESSION, 'head')
  if id == previous then return end
  redis.call('HSET', SESSION, 'head', id)
  if most == 0 then return redis.call('UNLINK', LIST) end
  local json = redis.call('HGET', TREE, id)
  if head_of(json).parent == previous and redis.call('EXISTS', LIST) == 1 then
    redis.call('RPUSH', LIST, json)
    return redis.call('LTRIM', LIST, -most, -1)
  end
  redis.call('UNLINK', LIST)
  local bytes = 0
  for _ = 1, most do
    if not json or bytes > LIST_BYTES then break end
    redis.call('LPUSH', LIST, json)
    bytes = bytes + #json
    json = redis.call('HGET', TREE, head_of(json).parent)
  end
  redis.call('PEXPIRE', LIST, math.max(redis.call('PTTL', TREE), 1000))
end

-- Removes the oldest messages that are more than `limit` (0 = none), at most 100 and 1 MB per call, but not those in use.
local function trim(limit)
  if limit == 0 then return end
  local surplus = tonumber(redis.call('HGET', SESSION, 'messages') or 0) - limit
  local leaf, head = unpack(redis.call('HMGET', SESSION, 'leaf', 'head'))
  local bytes = 0
  for _ = 1, math.min(surplus, 100) do
    local id = redis.call('LINDEX', ORDER, 0)
    if not id or id == leaf or id == head or bytes > TRIM_BYTES then return end
    redis.call('LPOP', ORDER)
    local json = redis.call('HGET', TREE, id)
    if json then
      bytes = bytes + #json
      local given = head_of(json)
      leave_parent(given)
      local own = segment(given.segment)
      if own and own.last == id then
        redis.call('HDEL', TREE, 's:' .. own.name, 'f:' .. own.name)
      elseif own then
        redis.call('HSET', TREE, 'f:' .. own.name, given.depth + 1)
      end
      forget(id)
      redis.call('HINCRBY', SESSION, 'messages', -1)
      redis.call('HINCRBY', SESSION, 'bytes', -#json)
      redis.call('HSET', SESSION, 'trimmed', 1, 'dropped', 1)
    end
  end
end

-- Returns a field of a message's JSON, which is text without quotes; nil if there is none. No text of a message can have the
-- quotes that are searched for. Decoding a large message, or matching a pattern in it, takes many times as long.
local function field_of(json, name)
  local _, stop = string.find(json, '"' .. name .. '":"', 1, true)
  return stop and string.match(json, '^[^"]*', stop + 1)
end

local function id_in(json) return field_of(json, 'id') or '' end

-- Whether the tree has all messages: a process of 0.1.0 writes only to the list.
local function is_taken_over()
  local last = redis.call('LINDEX', LIST, -1)
  return not last or id_in(last) == redis.call('HGET', SESSION, 'head')
end
