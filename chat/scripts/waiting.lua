-- Functions on the questions that wait in a session until the reply before them has ended, for scripts that include them
-- after tree.lua. These declare before: TURNS the zset of the session's turns, WAITING the ids of waiting turns in order.
--
-- A waiting turn has a record and a log with its start event. The record has the question in `message` and the ids of its
-- files in `files`. The names of these keys are made here, because only the script knows which turn is the next; they are in
-- the session's Cluster slot.
-- The session's hash has `paused`, the turn after which the questions wait for the user, because it failed or was stopped,
-- and `waiting_revision`, which grows with every change of the questions or of `paused`: so readers notice that.

local function turn_key(turn) return (string.gsub(SESSION, 'session$', 'turn:' .. turn)) end

local function waiting_changed() redis.call('HINCRBY', SESSION, 'waiting_revision', 1) end

local function pause_waiting(turn)
  if redis.call('EXISTS', WAITING) == 0 then return end
  redis.call('HSET', SESSION, 'paused', turn)
  waiting_changed()
end

-- Opens the next waiting question after the branch that is shown. Returns its turn; '' where none is due.
local function open_next(now, legacy, keep_turn, keep_history, keep_session)
  local active, paused, leaf = unpack(redis.call('HMGET', SESSION, 'active_turn', 'paused', 'leaf'))
  if (active and active ~= '') or paused or redis.call('EXISTS', WAITING) == 0 then return '' end
  local turn, body
  repeat
    turn = redis.call('LINDEX', WAITING, 0)
    if not turn then return '' end
    body = redis.call('HGET', turn_key(turn), 'message') -- before any write: on a Cluster this may fail while slots move
    redis.call('LPOP', WAITING)
  until body
  waiting_changed()
  local key = turn_key(turn)
  local persona = redis.call('HGET', key, 'persona')
  if persona == '' then persona = redis.call('HGET', SESSION, 'persona') end
  local question = add(string.match(turn, '%d+$') .. '-q', node(leaf), body, redis.call('HGET', key, 'files'))
  set_leaf(question)
  set_head(question.id, legacy)
  for _, name in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', name, math.max(keep_turn, keep_history)) end
  redis.call('HDEL', key, 'message', 'files')
  redis.call('HSET', key, 'state', 'queued', 'question', question.id, 'persona', persona,
    'revision', redis.call('HINCRBY', SESSION, 'revision', 2))
  redis.call('EXPIRE', key, keep_turn)
  redis.call('EXPIRE', key .. ':log', keep_turn)
  redis.call('ZADD', TURNS, now + keep_turn, turn)
  for _, name in ipairs({SESSION, TURNS}) do redis.call('EXPIRE', name, keep_session) end
  redis.call('HSET', SESSION, 'active_turn', turn, 'updated_at', string.format('%.6f', now), 'persona', persona,
    'has_messages', 1)
  return turn
end
