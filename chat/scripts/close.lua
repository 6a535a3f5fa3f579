#!lua flags=allow-oom
-- Ends a turn as its owner: stores the reply, appends and publishes the last event, frees the session.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turns zset   7 turn hash, also the name of its channel   8 turn log
-- ARGV  by name:
--       token           claim token
--       turn            turn id
--       state           done, cancelled or failed
--       reply           reply as JSON, without its opening brace and id
--       reply_id        its id
--       files           ids of the files that are images of its tools' results, with spaces between them
--       is_empty        '1' where the turn ended without text: then the branch that was shown before is shown again. The
--                       reply is stored only where there was one: as a further version, or the reply to one
--       event, kind     last event as JSON, and its kind
--       history_limit   messages to keep (0 = unlimited)
--       legacy          newest messages to keep in the form of 0.1.0
--       keep_turn, keep_history, keep_session, keep_detached, keep_running
--                       seconds to keep the turn, the history, the session,
--                       a detached turn, the next turn
--       finish_reason, has_tool_calls, usage, error_code, error_detail, error_retryable   of these the fields that the turn
--                       hash gets
-- A detached turn (the history was cleared, or the question deleted meanwhile) stores no reply and expires soon.
-- After the turn the next waiting question is opened or, if the turn failed or was stopped, the waiting ones pause.
-- Returns {1, id of the session's next turn, '' = none} where the turn is ended, now or by an earlier call with the same
--         token; {0, ''} where the caller does not own it
-- A repetition changes nothing and returns the same.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local SESSION, LIST, TREE, ORDER, WAITING, TURNS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- include tree
-- include waiting

local state, owner, seq, question = unpack(redis.call('HMGET', KEYS[7], 'state', 'owner', 'seq', 'question'))
if owner ~= arg.token then return {0, ''} end
if state ~= 'running' then return {1, redis.call('HGET', SESSION, 'active_turn') or ''} end

local time = redis.call('TIME')
local now = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
seq = tonumber(seq) + 1
local attached = redis.call('HGET', SESSION, 'active_turn') == arg.turn
local seconds = attached and arg.keep_turn or arg.keep_detached
local fields = {'state', arg.state, 'seq', seq, 'finished_at', now}
for _, name in ipairs({'finish_reason', 'has_tool_calls', 'usage', 'error_code', 'error_detail', 'error_retryable'}) do
  if arg[name] then
    fields[#fields + 1] = name
    fields[#fields + 1] = arg[name]
  end
end
redis.call('HSET', KEYS[7], unpack(fields))
redis.call('XADD', KEYS[8], seq .. '-0', 'e', arg.event, 'k', arg.kind)
redis.call('EXPIRE', KEYS[7], seconds)
redis.call('EXPIRE', KEYS[8], seconds)

local asked = attached and node(question)
if asked then
  local is_version = redis.call('HEXISTS', TREE, 'v:' .. asked.id) == 1
  if arg.is_empty ~= '1' or is_version or redis.call('HGET', SESSION, 'leaf') ~= asked.id then
    local reply = add(arg.reply_id, asked, arg.reply, arg.files)
    if arg.is_empty ~= '1' then
      set_leaf(reply)
      local title = redis.call('HGET', KEYS[7], 'title') -- of an edited question, which is shown from now on
      if title then retitle(asked.depth, title, true) end
    end
  end
  set_head(redis.call('HGET', SESSION, 'leaf') or asked.id, tonumber(arg.legacy))
  trim(tonumber(arg.history_limit))
end
if attached then
  for _, key in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', key, arg.keep_history) end -- open.lua set a longer time
  redis.call('HDEL', SESSION, 'active_turn', 'asks')
  redis.call('HSET', SESSION, 'updated_at', now)
  redis.call('EXPIRE', SESSION, arg.keep_session)
end
redis.call('ZADD', TURNS, 'XX', tonumber(now) + tonumber(seconds), arg.turn)
redis.call('PUBLISH', KEYS[7], seq .. ':' .. arg.event .. '\n:' .. arg.kind)
if not attached then return {1, ''} end
if arg.state ~= 'done' then pause_waiting(arg.turn) end
return {1, open_next(tonumber(now), tonumber(arg.legacy), tonumber(arg.keep_running), tonumber(arg.keep_history),
  arg.keep_session)}
