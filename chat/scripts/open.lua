-- Opens a turn: adds the user message, the turn and the start event of its log, all or nothing.
--
-- KEYS  1 session hash   2 messages list   3 turn hash   4 turn log   5 turns zset
--       6 idempotency records: name -> "turn digest second"
--       7 zset: names of the records, and "turn:<number>" of their turns, by the second at which they expire
-- ARGV  by name:
--       user            user id
--       turn            turn id ('' = only check whether the question was asked before)
--       message         user message as JSON, without its opening brace and id ('' = answer the last question again)
--       nonce           random part of the message's id, unique to this call
--       replace_from    id of the message to replace from ('' = none)
--       history_limit   messages to keep (0 = unlimited)
--       start           start event
--       keep_turn, keep_history, keep_session   seconds to keep each
--       record          name of the idempotency record ('' = none)
--       digest          digest of the question
--       counts_for      seconds after the turn's end during which the record counts ('' = as long as it is kept)
--       title           title for an untitled session
--       persona         persona ('' = the session's)
--       model           model
--       address         hash of the address that the turn counts for ('' = none)
--       trace           traceparent of the parent of the turn's spans ('' = the turn has no trace)
-- Returns {'opened', turn id, the session's revision, bytes of its messages}   the latter for count.lua
--         {'same', turn id} {'key_reused', turn id}   the record's turn, for the same or for another question
--         {'busy', turn id} (the active turn) {'new'} (`turn` is '': not asked before)
--         {'unknown_session'} {'unknown_message'} {'no_question'}
--         {'taken', n} (the turn's number must be greater than n)
--         {'long'} (dropped some of the messages to replace, and there are more: call again)
-- A repetition opens nothing more and returns the same.
-- A message's id is "<its number in the session>-<random part>". A question's "through" is the number of bytes of all
-- messages up to it, dropped ones included: the difference of two is the number of bytes between them.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local BATCH = 100 -- greatest number of expired or surplus entries that one call drops
local CUT = 250 -- greatest number of replaced messages that one call drops: freeing large ones takes time
local LEGACY_BYTES = 1000000

if redis.call('HGET', KEYS[1], 'user_id') ~= arg.user then return {'unknown_session'} end

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local active, last_turn, updated_at = unpack(redis.call('HMGET', KEYS[1], 'active_turn', 'last_turn', 'updated_at'))

local function is_later(a, b) -- compares as text, because turn numbers have more digits than a double can hold
  if #a ~= #b then return #a > #b end
  return a > b
end

-- Finds the nearest running total, from a message on, which may be given. Returns it, the bytes of the messages passed on
-- the way, and the bytes of the message that has it.
local function total(index, step, given)
  local bytes = 0
  for position = index, index + 2 * step, step do
    local message = (position < 0) == (index < 0) and (given or redis.call('LINDEX', KEYS[2], position))
    given = nil
    if not message then break end
    local through = string.match(message, '^{"id":"[^"]*","through":(%d+),')
    if through then return tonumber(through), bytes, #message end
    bytes = bytes + #message
  end
  return 0, bytes, 0
end

local function opened()
  local last, after = total(-1, -1)
  local first, before, own = total(0, 1)
  local bytes = math.max(0, last + after - (first - own) + before)
  return {'opened', arg.turn, tonumber(redis.call('HGET', KEYS[1], 'revision') or 0), bytes}
end

local nonce = redis.call('HGET', KEYS[3], 'nonce')
if nonce == arg.nonce then return opened() end

if arg.record ~= '' then
  local record = redis.call('HGET', KEYS[6], arg.record) or ''
  local earlier, digest, at = string.match(record, '^(%S+) (%S+) (%S+)$')
  local counts = earlier and tonumber(at) + tonumber(arg.keep_turn) > now
  if counts and arg.counts_for ~= '' and earlier ~= active then
    local ended_at = string.match(earlier, '%d+$') == last_turn and tonumber(updated_at) or tonumber(at)
    counts = ended_at + tonumber(arg.counts_for) > now
  end
  if counts then return {digest == arg.digest and 'same' or 'key_reused', earlier} end
end

if active and active ~= '' then return {'busy', active} end
if arg.turn == '' then return {'new'} end

local count = redis.call('LLEN', KEYS[2])
local newest = count > 0 and redis.call('LINDEX', KEYS[2], -1) or ''

local function number_of(message) return tonumber(string.match(message, '^{"id":"(%d+)%-')) end

-- A message stored by an earlier version has no number; it gets it from one of the two messages before it.
local function number_at(index)
  for position = index, math.max(index - 2, 0), -1 do
    local number = number_of(redis.call('LINDEX', KEYS[2], position))
    if number then return number + index - position end
  end
  return index
end

-- Messages without a number are searched for among the newest only, so that the work is bounded.
local function find_legacy(id)
  local bytes = 0
  for index = count - 1, math.max(count - 100, 0), -1 do
    local message = redis.call('LINDEX', KEYS[2], index)
    if not number_of(message) and string.find(message, '"id":"' .. id .. '"', 1, true) then return index end
    bytes = bytes + #message
    if bytes > LEGACY_BYTES then return nil end
  end
end

local function find(id)
  local number = tonumber(string.match(id, '^(%d+)%-%x+$'))
  if count == 0 then return nil end
  if not number then return string.match(id, '^%w+$') and find_legacy(id) end
  local index = count - 1 - (number_at(count - 1) - number)
  if index < 0 or index >= count then return nil end
  local head = '{"id":"' .. id .. '"'
  return string.sub(redis.call('LINDEX', KEYS[2], index), 1, #head) == head and index or nil
end

-- The number of messages that stay. All checks come before the first write.
local stays = count
if arg.replace_from ~= '' then
  stays = find(arg.replace_from)
  if not stays then return {'unknown_message'} end
end
local before = stays > 0 and (stays < count and redis.call('LINDEX', KEYS[2], stays - 1) or newest) or ''

local persona = arg.persona ~= '' and arg.persona or redis.call('HGET', KEYS[1], 'persona')
local question = nil
if arg.message == '' then
  question = string.match(before, '^{"id":"([^"]*)","through":%d+,"role":"user"')
    or string.match(before, '^{"id":"([^"]*)","role":"user"')
  if not question and string.find(before, '^{"role":"user"') then question = cjson.decode(before)['id'] end
  if not question then return {'no_question'} end
end

if not last_turn then
  local _, stop = string.find(newest, '"turn_id":"', 1, true)
  last_turn = stop and string.match(newest, '^[^."]*%.(%d+)"', stop + 1) or '0'
end
local turn_number = string.match(arg.turn, '%d+$')
if nonce or not is_later(turn_number, last_turn) then
  return {'taken', is_later(turn_number, last_turn) and turn_number or last_turn}
end
if count - stays > CUT then
  redis.call('LTRIM', KEYS[2], 0, count - CUT - 1)
  redis.call('HINCRBY', KEYS[1], 'cuts', 1)
  return {'long'}
end

-- A title is removed with the messages that it was made from, unless the user set it.
local title, title_from, title_at, words = unpack(redis.call('HMGET', KEYS[1], 'title', 'title_from', 'title_at', 'words'))
local retitled = title == ''
if title_from ~= 'user' then
  if stays == 0 and title ~= '' then
    title, words, retitled = '', false, true
  elseif stays < count and title_from == 'model' then
    if number_at(stays) <= tonumber(title_at or 1) then title, retitled = words or '', true end
  end
end
if retitled then
  if title == '' then title, words = arg.title, arg.title end
  redis.call('HSET', KEYS[1], 'title', title, 'title_from', 'question', 'words', words or '')
  redis.call('HDEL', KEYS[1], 'title_at')
end

if count == 0 and redis.call('HEXISTS', KEYS[1], 'has_messages') == 1 then redis.call('HSET', KEYS[1], 'trimmed', 1) end
if stays < count then
  if stays == 0 then redis.call('UNLINK', KEYS[2]) else redis.call('LTRIM', KEYS[2], 0, stays - 1) end
  redis.call('HINCRBY', KEYS[1], 'cuts', 1)
end
if not question then
  local through, after = total(stays - 1, -1, stays > 0 and before)
  local number = stays > 0 and number_at(stays - 1) + 1 or 0
  question = string.format('%.0f-%s', number, arg.nonce)
  redis.call('RPUSH', KEYS[2],
    string.format('{"id":"%s","through":%.0f,', question, through + after + #arg.message + 60) .. arg.message)
end
local excess = arg.history_limit ~= '0' and redis.call('LLEN', KEYS[2]) - tonumber(arg.history_limit) or 0
if excess > 0 then
  redis.call('LTRIM', KEYS[2], math.min(excess, BATCH), -1)
  redis.call('HSET', KEYS[1], 'trimmed', 1)
end
-- The history must not expire while the question waits; close.lua sets the usual time.
redis.call('EXPIRE', KEYS[2], math.max(tonumber(arg.keep_turn), tonumber(arg.keep_history)))

local at = string.format('%.6f', now)
redis.call('HSET', KEYS[1], 'active_turn', arg.turn, 'last_turn', turn_number, 'updated_at', at, 'persona', persona,
  'has_messages', 1)
redis.call('EXPIRE', KEYS[1], arg.keep_session)

redis.call('HSET', KEYS[3], 'state', 'queued', 'attempt', 0, 'owner', 0, 'seq', 1, 'created_at', at,
  'question', question, 'nonce', arg.nonce, 'persona', persona, 'model', arg.model, 'user_id', arg.user,
  'revision', redis.call('HINCRBY', KEYS[1], 'revision', 2))
if arg.address ~= '' then redis.call('HSET', KEYS[3], 'address', arg.address) end
if arg.trace ~= '' then redis.call('HSET', KEYS[3], 'trace', arg.trace) end
redis.call('EXPIRE', KEYS[3], arg.keep_turn)
redis.call('XADD', KEYS[4], '1-0', 'e', arg.start, 'k', 'start')
redis.call('EXPIRE', KEYS[4], arg.keep_turn)

local expires = now + tonumber(arg.keep_turn)
local over = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now, 'LIMIT', 0, BATCH)
if #over > 0 then redis.call('ZREM', KEYS[5], unpack(over)) end
redis.call('ZADD', KEYS[5], expires, arg.turn)
redis.call('EXPIRE', KEYS[5], arg.keep_session)
if arg.record ~= '' then
  over = redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', now, 'LIMIT', 0, BATCH)
  if #over > 0 then
    redis.call('HDEL', KEYS[6], unpack(over))
    redis.call('ZREM', KEYS[7], unpack(over))
  end
  redis.call('HSET', KEYS[6], arg.record, arg.turn .. ' ' .. arg.digest .. ' ' .. at)
  redis.call('ZADD', KEYS[7], expires, arg.record, expires, 'turn:' .. turn_number)
  redis.call('EXPIRE', KEYS[6], arg.keep_turn)
  redis.call('EXPIRE', KEYS[7], arg.keep_turn)
end
return opened()
