-- Opens a turn: adds the user message, the turn and the start event of its log, all or nothing.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turn hash   7 turn log   8 turns zset
--       9 idempotency records: name -> "turn digest second"
--       10 zset: names of the records, and "turn:<number>" of their turns, by the second at which they expire
-- ARGV  by name:
--       user            user id
--       turn            turn id ('' = only check whether the question was asked before)
--       question        id of the new message
--       message         user message as JSON, without its opening brace and id ('' = answer a question again)
--       files           ids of the files that are attached to it, with spaces between them
--       nonce           unique to this call
--       replace_from    id of the message of which the question, or the reply, becomes another version ('' = none)
--       parent          id of the message that the question follows or, without a message, of the question to answer
--                       ('' = neither, '-' = none: the question begins the session anew)
--       continues       id of the reply that is continued, of which the new one becomes another version ('' = none)
--       history_limit   messages to keep (0 = unlimited)
--       legacy          newest messages to keep in the form of 0.1.0
--       waits           '1' = while a reply runs, a new question waits
--       start           start event
--       keep_turn, keep_history, keep_session   seconds to keep each
--       record          name of the idempotency record ('' = none)
--       digest          digest of the question
--       counts_for      seconds after the turn's end during which the record counts ('' = as long as it is kept)
--       title           title for an untitled session
--       persona         persona ('' = the session's)
--       model           model ('' = the session's)
--       models          the models that there are, one in each line
--       default_model   the model to use where the session's is none of them
--       thinking        '1' = the model shall think, '0' = it shall not ('' = as it does by itself)
--       address         hash of the address that the turn counts for ('' = none)
--       trace           traceparent of the parent of the turn's spans ('' = the turn has no trace)
-- Returns {'opened', turn id, the session's revision, bytes of its messages}   the latter for count.lua
--         {'same', turn id} {'key_reused', turn id}   the record's turn, for the same or for another question
--         {'waits', turn id}   the question waits until the active turn has ended
--         {'busy', turn id} (the active turn) {'new'} (`turn` is '': not asked before)
--         {'unknown_session'} {'unknown_message'} {'no_question'} {'not_a_question'} {'not_a_reply'}
--         {'too_many_versions'} {'too_many_waiting'}
--         {'taken', n} (the turn's number must be greater than n)
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- A repetition opens nothing more and returns the same.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local BATCH = 100 -- greatest number of expired entries that one call drops
local MAX_VERSIONS = 1000 -- of one message
local MAX_NESTED = 400 -- versions in one another
local MAX_WAITING = 20 -- questions of one session
local NEVER = 1e10 -- so that a process of 0.1.0 that deletes the session deletes these keys, too

local SESSION, LIST, TREE, ORDER, WAITING = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include tree

if redis.call('HGET', SESSION, 'user_id') ~= arg.user then return {'unknown_session'} end

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local active, last_turn, updated_at = unpack(redis.call('HMGET', SESSION, 'active_turn', 'last_turn', 'updated_at'))

local function is_later(a, b) -- compares as text, because turn numbers have more digits than a double can hold
  if #a ~= #b then return #a > #b end
  return a > b
end

local function opened()
  local revision, bytes = unpack(redis.call('HMGET', SESSION, 'revision', 'bytes'))
  return {'opened', arg.turn, tonumber(revision or 0), tonumber(bytes or 0)}
end

local nonce = redis.call('HGET', KEYS[6], 'nonce')
if nonce == arg.nonce then return redis.call('HGET', KEYS[6], 'state') == 'waiting' and {'waits', arg.turn} or opened() end

if arg.record ~= '' then
  local record = redis.call('HGET', KEYS[9], arg.record) or ''
  local earlier, digest, at = string.match(record, '^(%S+) (%S+) (%S+)$')
  local counts = earlier and tonumber(at) + tonumber(arg.keep_turn) > now
  if counts and arg.counts_for ~= '' and earlier ~= active then
    local ended_at = string.match(earlier, '%d+$') == last_turn and tonumber(updated_at) or tonumber(at)
    counts = ended_at + tonumber(arg.counts_for) > now
  end
  if counts then return {digest == arg.digest and 'same' or 'key_reused', earlier} end
end

local waits = active and active ~= '' and arg.waits == '1'
if active and active ~= '' and not waits then return {'busy', active} end
if arg.turn == '' then return {'new'} end
if not is_taken_over() then return {'not_taken_over'} end

local replaces = arg.continues ~= '' and arg.continues or arg.replace_from
if waits and (arg.message == '' or replaces ~= '' or arg.parent ~= '') then return {'busy', active} end
if waits and redis.call('LLEN', WAITING) >= MAX_WAITING then return {'too_many_waiting'} end

-- The message that the question follows, or that is the question. All checks come before the first write.
local shown = node(redis.call('HGET', SESSION, 'leaf'))
local parent = shown
if replaces ~= '' then
  local replaced = node(replaces)
  if not replaced then return {'unknown_message'} end
  if arg.continues ~= '' and replaced.role == 'user' then return {'not_a_reply'} end
  if arg.message ~= '' and replaced.role ~= 'user' then return {'not_a_question'} end
  if arg.message == '' and replaced.role == 'user' then return {'no_question'} end
  parent = node(replaced.parent)
  if not parent and replaced.parent ~= '' then parent = {id = replaced.parent, depth = replaced.depth - 1} end -- trimmed
elseif arg.parent == '-' then
  parent = nil
elseif arg.parent ~= '' then
  parent = node(arg.parent)
  if not parent then return {'unknown_message'} end
end
if arg.message == '' and (not parent or parent.role ~= 'user') then return {'no_question'} end
local versions = redis.call('HGET', TREE, 'v:' .. (parent and parent.id or '')) or ''
if not waits and select(2, string.gsub(versions, ' ', '')) + 1 >= MAX_VERSIONS then return {'too_many_versions'} end
local own = versions ~= '' and segment(parent and parent.segment or '')
if not waits and own and own.level >= MAX_NESTED then return {'too_many_versions'} end

last_turn = last_turn or '0'
local turn_number = string.match(arg.turn, '%d+$')
if nonce or not is_later(turn_number, last_turn) then
  return {'taken', is_later(turn_number, last_turn) and turn_number or last_turn}
end

local at = string.format('%.6f', now)
local model = arg.model
if model == '' then
  model = redis.call('HGET', SESSION, 'model') or arg.default_model
  if not string.find('\n' .. arg.models .. '\n', '\n' .. model .. '\n', 1, true) then model = arg.default_model end
end

-- Stores the turn, its log and its idempotency record.
local function record(state, question, persona, seconds)
  redis.call('HSET', KEYS[6], 'state', state, 'attempt', 0, 'owner', 0, 'seq', 1, 'created_at', at,
    'question', question, 'nonce', arg.nonce, 'persona', persona, 'model', model, 'user_id', arg.user,
    'revision', redis.call('HINCRBY', SESSION, 'revision', 2))
  if arg.continues == '' then redis.call('HSET', SESSION, 'model', model) end
  if arg.continues ~= '' then redis.call('HSET', KEYS[6], 'continues', arg.continues) end
  if arg.thinking ~= '' then redis.call('HSET', KEYS[6], 'thinking', arg.thinking) end
  if arg.address ~= '' then redis.call('HSET', KEYS[6], 'address', arg.address) end
  if arg.trace ~= '' then redis.call('HSET', KEYS[6], 'trace', arg.trace) end
  redis.call('EXPIRE', KEYS[6], seconds)
  redis.call('XADD', KEYS[7], '1-0', 'e', arg.start, 'k', 'start')
  redis.call('EXPIRE', KEYS[7], seconds)

  local over = redis.call('ZRANGEBYSCORE', KEYS[8], '-inf', now, 'LIMIT', 0, BATCH)
  if #over > 0 then redis.call('ZREM', KEYS[8], unpack(over)) end
  redis.call('ZADD', KEYS[8], now + seconds, arg.turn)
  if arg.legacy ~= '0' then redis.call('ZADD', KEYS[8], NEVER, TREE, NEVER, ORDER, NEVER, WAITING) end
  redis.call('EXPIRE', KEYS[8], arg.keep_session)
  if arg.record == '' then return end
  over = redis.call('ZRANGEBYSCORE', KEYS[10], '-inf', now, 'LIMIT', 0, BATCH)
  if #over > 0 then
    redis.call('HDEL', KEYS[9], unpack(over))
    redis.call('ZREM', KEYS[10], unpack(over))
  end
  local expires = now + tonumber(arg.keep_turn)
  redis.call('HSET', KEYS[9], arg.record, arg.turn .. ' ' .. arg.digest .. ' ' .. at)
  redis.call('ZADD', KEYS[10], expires, arg.record, expires, 'turn:' .. turn_number)
  redis.call('EXPIRE', KEYS[9], arg.keep_turn)
  redis.call('EXPIRE', KEYS[10], arg.keep_turn)
end

if waits then
  record('waiting', '', arg.persona, arg.keep_session)
  redis.call('HSET', KEYS[6], 'message', arg.message, 'files', arg.files)
  redis.call('HSET', SESSION, 'last_turn', turn_number)
  redis.call('HINCRBY', SESSION, 'waiting_revision', 1)
  if redis.call('RPUSH', WAITING, arg.turn) == 1 then redis.call('HDEL', SESSION, 'paused') end
  redis.call('EXPIRE', WAITING, arg.keep_session)
  redis.call('EXPIRE', SESSION, arg.keep_session)
  return {'waits', arg.turn}
end

local persona = arg.persona ~= '' and arg.persona or redis.call('HGET', SESSION, 'persona')
local is_version = arg.message ~= '' and versions ~= ''
local has_expired = redis.call('EXISTS', TREE) == 0
local depth = parent and parent.depth + 1 or 0

local is_shown = arg.message ~= '' and (not shown or (parent and parent.id == shown.id)) -- others once they have an answer
if is_shown or has_expired then retitle(depth, arg.title, is_version or has_expired) end
if is_version then redis.call('HINCRBY', SESSION, 'cuts', 1) end

if has_expired then
  local is_cleared = arg.legacy ~= '0' and not redis.call('ZSCORE', KEYS[8], TREE) -- by a process of 0.1.0
  if redis.call('HEXISTS', SESSION, 'has_messages') == 1 and not is_cleared then
    redis.call('HSET', SESSION, 'trimmed', 1, 'dropped', 1)
  end
  redis.call('HSET', SESSION, 'messages', 0, 'bytes', 0)
  redis.call('HDEL', SESSION, 'leaf', 'head')
  redis.call('UNLINK', ORDER)
end
local question = parent
if arg.message ~= '' then
  question = add(arg.question, parent, arg.message, arg.files)
  if is_shown then set_leaf(question) end
end
set_head(question.id, tonumber(arg.legacy))
trim(tonumber(arg.history_limit))
-- The history must not expire while the question waits; close.lua sets the usual time.
local seconds = math.max(tonumber(arg.keep_turn), tonumber(arg.keep_history))
for _, key in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', key, seconds) end

redis.call('HSET', SESSION, 'active_turn', arg.turn, 'last_turn', turn_number, 'updated_at', at, 'has_messages', 1)
if arg.continues == '' then redis.call('HSET', SESSION, 'persona', persona) end
redis.call('EXPIRE', SESSION, arg.keep_session)

record('queued', question.id, persona, arg.keep_turn)
if arg.message ~= '' and not is_shown then redis.call('HSET', KEYS[6], 'title', arg.title) end
return opened()
