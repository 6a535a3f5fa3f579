#!lua flags=allow-oom
-- Takes the messages into the tree that a process of 0.1.0 wrote to the list, some of them per call.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turns zset
-- ARGV  1 newest messages to keep in the form of 0.1.0   2 seconds to keep the history   3 seconds to keep the session
-- Returns 1 where the tree has all messages, 0 where the caller has to call again
-- A repetition goes on with what is left.

local BATCH, BATCH_BYTES, SMALL_BYTES = 50, 300000, 3000
local NEVER = 1e10 -- so that a process of 0.1.0 that deletes the session deletes these keys, too

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

if redis.call('EXISTS', SESSION) == 0 or is_taken_over() then return 1 end
if redis.call('EXISTS', TREE) == 0 then
  redis.call('UNLINK', ORDER)
  redis.call('HSET', SESSION, 'messages', 0, 'bytes', 0)
  redis.call('HDEL', SESSION, 'leaf', 'head', 'taken_over', 'dropped')
  if redis.call('HEXISTS', SESSION, 'trimmed') == 1 then redis.call('HSET', SESSION, 'dropped', 1) end
elseif redis.call('HEXISTS', SESSION, 'dropped') == 0 then
  redis.call('HDEL', SESSION, 'trimmed') -- of the list alone
end

local count, most = redis.call('LLEN', LIST), tonumber(ARGV[1])

-- Returns the message that a list follows of which no message is known: a process of 0.1.0 has either dropped all that were
-- known, as more than its limit, or replaced the first of them.
local function before_list()
  local head = node(redis.call('HGET', SESSION, 'head'))
  if count >= most then return head end
  for _ = 1, most do head = head and node(head.parent) end
  return head
end

-- Returns the index of the first message to take over, and the message before it.
local function beginning()
  local index, id = string.match(redis.call('HGET', SESSION, 'taken_over') or '', '^(%d+) (%S+)$')
  local json = index and redis.call('LINDEX', LIST, index)
  if json and id_in(json) == id then return tonumber(index) + 1, node(id) end
  local bytes = 0
  for position = count - 1, math.max(count - BATCH, 0), -1 do
    json = redis.call('LINDEX', LIST, position)
    local known = node(id_in(json))
    if known then return position + 1, known end
    bytes = bytes + #json
    if bytes > BATCH_BYTES then break end
  end
  return 0, not node(id_in(redis.call('LINDEX', LIST, 0))) and before_list() or nil
end

local function body_of(json)
  local body = string.match(json, '^{"id":"[^"]*","through":%d+,(.*)$') or string.match(json, '^{"id":"[^"]*",(.*)$')
    or string.sub(json, 2)
  if string.find(body, '^"role":"%a+"') then return body end
  return '"role":"' .. cjson.decode(json)['role'] .. '",' .. body
end

local function is_later(a, b)
  if #a ~= #b then return #a > #b end
  return a > b
end

local function take_over(json, parent)
  local id = id_in(json)
  local known = node(id)
  if known then return known end
  local added = add(id, parent, body_of(json))
  local turn = string.match(field_of(json, 'turn_id') or '', '%.(%d+)$')
  if turn and added.role == 'assistant' then redis.call('HSET', TREE, 't:' .. turn, id) end
  if turn and is_later(turn, redis.call('HGET', SESSION, 'last_turn') or '0') then
    redis.call('HSET', SESSION, 'last_turn', turn)
  end
  return added
end

-- Makes all keys expire, and known to a process of 0.1.0 that deletes the session.
local function keep()
  if most > 0 then redis.call('ZADD', KEYS[6], NEVER, TREE, NEVER, ORDER, NEVER, KEYS[5]) end
  for _, key in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', key, ARGV[2]) end
  for _, key in ipairs({SESSION, KEYS[6]}) do redis.call('EXPIRE', key, ARGV[3]) end
end

-- Seeking in a long list takes time, so small messages are read at once; where they are large on average, one by one.
local index, last = beginning()
local stop, bytes = math.min(index + BATCH, count), 0
local size = redis.call('MEMORY', 'USAGE', LIST, 'SAMPLES', 5) / count < SMALL_BYTES and BATCH or 1
while index < stop and bytes < BATCH_BYTES do
  for _, json in ipairs(redis.call('LRANGE', LIST, index, math.min(index + size, stop) - 1)) do
    last = take_over(json, last)
    bytes = bytes + #json
    index = index + 1
  end
end
if index < count then
  redis.call('HSET', SESSION, 'taken_over', (index - 1) .. ' ' .. last.id)
  keep()
  return 0
end

local leaf = last.id
if redis.call('HEXISTS', TREE, 'v:' .. last.id) == 1 then leaf = leaf_below(last) end
set_leaf(node(leaf))
redis.call('HSET', SESSION, 'head', last.id, 'has_messages', 1)
redis.call('HDEL', SESSION, 'taken_over')
-- Trimming a long list frees it entry by entry, which takes time; UNLINK does not.
if most == 0 then
  redis.call('UNLINK', LIST)
elseif count > most then
  local newest, size = {}, 0
  for position = 1, most do
    local json = size < LIST_BYTES and redis.call('LINDEX', LIST, -position)
    if not json then break end
    newest[position], size = json, size + #json
  end
  redis.call('UNLINK', LIST)
  redis.call('LPUSH', LIST, unpack(newest))
end
keep()
return 1
