-- Open a turn: the user message, the turn and the first event of its log appear together or not at all.
--
-- KEYS  1 session hash   2 messages list   3 turn hash   4 turn log   5 turns zset   6 idempotency key
-- ARGV  1 user id        2 turn id         3 user message as JSON ('' = answer the last question again)
--       4 id of the message to replace from ('' = none)                5 history limit (0 = all)
--       6 start event    7 now, seconds    8 seconds to keep the turn  9 seconds to keep the history
--       10 seconds to keep the session     11 digest of what is asked, with an idempotency key ('' = without)      12 title for an untitled session
--       13 persona ('' = the session's)   14 model         15 hash of the address that the turn counts for ('' = none)
--       16 what its trace's spans are children of, as a traceparent ('' = it has no trace)
-- A repetition of a call whose answer was lost opens nothing more.
-- Returns {'opened', turn id} {'same', turn id} {'busy', turn id} {'key_reused', turn id}
--         {'unknown_session'} {'unknown_message'} {'no_question'} {'taken'}

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return {'unknown_session'} end

local mine = redis.call('HGET', KEYS[3], 'question')
if mine then
  if ARGV[3] == '' or cjson.decode(ARGV[3])['id'] == mine then return {'opened', ARGV[2]} end
  return {'taken'}
end
if ARGV[11] ~= '' then
  local earlier, digest = string.match(redis.call('GET', KEYS[6]) or '', '^(%S+) (%S+)$')
  if earlier then return {digest == ARGV[11] and 'same' or 'key_reused', earlier} end
end

local active = redis.call('HGET', KEYS[1], 'active_turn')
if active and active ~= '' then return {'busy', active} end

-- Find what stays of the history before anything is written.
local stays = redis.call('LLEN', KEYS[2])
if ARGV[4] ~= '' then
  local found = nil
  for index = stays - 1, 0, -1 do
    local message = redis.call('LINDEX', KEYS[2], index)
    if cjson.decode(message)['id'] == ARGV[4] then found = index break end
  end
  if not found then return {'unknown_message'} end
  stays = found
end

local persona = ARGV[13] ~= '' and ARGV[13] or redis.call('HGET', KEYS[1], 'persona')
local question = ARGV[3]
if question == '' then
  question = stays > 0 and redis.call('LINDEX', KEYS[2], stays - 1) or '{}'
  if cjson.decode(question)['role'] ~= 'user' then return {'no_question'} end
end

if stays == 0 then redis.call('DEL', KEYS[2]) else redis.call('LTRIM', KEYS[2], 0, stays - 1) end
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[3]) end
if ARGV[5] ~= '0' and redis.call('LLEN', KEYS[2]) > tonumber(ARGV[5]) then
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[5]), -1)
  redis.call('HSET', KEYS[1], 'trimmed', 1)
end
redis.call('EXPIRE', KEYS[2], ARGV[9])

redis.call('HSET', KEYS[1], 'active_turn', ARGV[2], 'updated_at', ARGV[7], 'persona', persona)
if redis.call('HGET', KEYS[1], 'title') == '' then
  redis.call('HSET', KEYS[1], 'title', ARGV[12], 'title_from', 'question')
end
redis.call('EXPIRE', KEYS[1], ARGV[10])

redis.call('HSET', KEYS[3], 'state', 'queued', 'attempt', 0, 'owner', 0, 'seq', 1, 'created_at', ARGV[7],
  'question', cjson.decode(question)['id'], 'persona', persona, 'model', ARGV[14])
if ARGV[15] ~= '' then redis.call('HSET', KEYS[3], 'address', ARGV[15]) end
if ARGV[16] ~= '' then redis.call('HSET', KEYS[3], 'trace', ARGV[16]) end
redis.call('EXPIRE', KEYS[3], ARGV[8])
redis.call('XADD', KEYS[4], '1-0', 'e', ARGV[6])
redis.call('EXPIRE', KEYS[4], ARGV[8])

redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', ARGV[7])
redis.call('ZADD', KEYS[5], tonumber(ARGV[7]) + tonumber(ARGV[8]), ARGV[2])
redis.call('EXPIRE', KEYS[5], ARGV[10])
if ARGV[11] ~= '' then
  redis.call('SET', KEYS[6], ARGV[2] .. ' ' .. ARGV[11], 'EX', ARGV[8])
  redis.call('ZADD', KEYS[5], tonumber(ARGV[7]) + tonumber(ARGV[8]), KEYS[6])
end
return {'opened', ARGV[2]}
