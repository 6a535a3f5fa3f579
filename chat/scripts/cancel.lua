#!lua flags=allow-oom
-- Stops a turn: ends a queued or waiting one at once, sets the stop flag of a running one. After a queued one the waiting
-- questions pause.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turns zset   7 turn hash, also the name of its channel   8 turn log
-- ARGV  by name:
--       user            user id
--       turn            turn id
--       event           end event
--       reply           empty reply as JSON, without its opening brace and id
--       reply_id        its id
--       legacy          newest messages to keep in the form of 0.1.0
--       keep_turn, keep_history, keep_detached   seconds to keep the turn, the history, a detached turn
--       call            unique id of this call
--       only            state in which the turn is stopped ('' = any)
-- Where another branch was shown before, it is shown again, and the empty reply is one more version, or the reply to one.
-- Returns {state, ended}   state: 'cancelled', 'running' (flagged), 'done', 'failed', or 'unknown'
--                          ended = 1 where this call has ended the turn
-- A repetition changes nothing and returns the same.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local SESSION, LIST, TREE, ORDER, WAITING, TURNS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- include tree
-- include waiting

if redis.call('HGET', SESSION, 'user_id') ~= arg.user then return {'unknown', 0} end
local state, seq, stopped_by, question = unpack(redis.call('HMGET', KEYS[7], 'state', 'seq', 'stopped_by', 'question'))
if not state then return {'unknown', 0} end
if arg.only ~= '' and state ~= arg.only then return {state, stopped_by == arg.call and 1 or 0} end
if state == 'running' then redis.call('HSET', KEYS[7], 'cancel', 1) end
if state ~= 'queued' and state ~= 'waiting' then return {state, stopped_by == arg.call and 1 or 0} end

local time = redis.call('TIME')
local now = string.format('%s.%06d', time[1], time[2])
seq = tonumber(seq) + 1
redis.call('HSET', KEYS[7], 'state', 'cancelled', 'cancel', 1, 'seq', seq, 'finished_at', now, 'finish_reason', 'cancelled',
  'stopped_by', arg.call)
redis.call('XADD', KEYS[8], seq .. '-0', 'e', arg.event, 'k', 'end')
redis.call('PUBLISH', KEYS[7], seq .. ':' .. arg.event .. '\n:end')
if redis.call('LREM', WAITING, 1, arg.turn) == 1 then waiting_changed() end
redis.call('HDEL', KEYS[7], 'message', 'files')
if redis.call('EXISTS', WAITING) == 0 then redis.call('HDEL', SESSION, 'paused') end
local attached = state == 'waiting' or redis.call('HGET', SESSION, 'active_turn') == arg.turn
if attached and state == 'queued' then
  redis.call('HDEL', SESSION, 'active_turn')
  pause_waiting(arg.turn)
  local asked = node(question)
  local is_version = asked and redis.call('HEXISTS', TREE, 'v:' .. asked.id) == 1
  if asked and (is_version or redis.call('HGET', SESSION, 'leaf') ~= asked.id) then add(arg.reply_id, asked, arg.reply) end
  if asked then set_head(redis.call('HGET', SESSION, 'leaf') or asked.id, tonumber(arg.legacy)) end
  for _, key in ipairs({LIST, TREE, ORDER}) do redis.call('EXPIRE', key, arg.keep_history) end -- open.lua set a longer time
end
local seconds = attached and arg.keep_turn or arg.keep_detached
redis.call('EXPIRE', KEYS[7], seconds)
redis.call('EXPIRE', KEYS[8], seconds)
redis.call('ZADD', TURNS, 'XX', tonumber(now) + tonumber(seconds), arg.turn)
return {'cancelled', 1}
