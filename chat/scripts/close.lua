#!lua flags=allow-oom
-- Ends a turn as its owner: stores the reply, appends and publishes the last event, frees the session.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 turn hash, also the name of its channel   5 turn log
-- ARGV  by name:
--       token           claim token
--       turn            turn id
--       state           done, cancelled or failed
--       reply           reply as JSON ('' = none)
--       event, kind     last event as JSON, and its kind
--       history_limit   messages to keep (0 = unlimited)
--       keep_turn, keep_history, keep_detached   seconds to keep the turn, the history, a detached turn
--       finish_reason, usage, error_code, error_detail, error_retryable   of these the fields that the turn hash gets
-- A detached turn (the history was cleared meanwhile) stores no reply and expires soon.
-- Returns 1 where the turn is ended, now or by an earlier call with the same token; 0 where the caller does not own it
-- A repetition changes nothing and returns 1.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local state, owner, seq = unpack(redis.call('HMGET', KEYS[4], 'state', 'owner', 'seq'))
if owner ~= arg.token then return 0 end
if state ~= 'running' then return 1 end

local time = redis.call('TIME')
local now = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
seq = tonumber(seq) + 1
local attached = redis.call('HGET', KEYS[1], 'active_turn') == arg.turn
local seconds = attached and arg.keep_turn or arg.keep_detached
local fields = {'state', arg.state, 'seq', seq, 'finished_at', now}
for _, name in ipairs({'finish_reason', 'usage', 'error_code', 'error_detail', 'error_retryable'}) do
  if arg[name] then
    fields[#fields + 1] = name
    fields[#fields + 1] = arg[name]
  end
end
redis.call('HSET', KEYS[4], unpack(fields))
redis.call('XADD', KEYS[5], seq .. '-0', 'e', arg.event, 'k', arg.kind)
redis.call('EXPIRE', KEYS[4], seconds)
redis.call('EXPIRE', KEYS[5], seconds)

if attached then
  if arg.reply ~= '' then
    redis.call('RPUSH', KEYS[2], arg.reply)
    local surplus = arg.history_limit == '0' and 0 or redis.call('LLEN', KEYS[2]) - tonumber(arg.history_limit)
    if surplus > 0 then -- after the limit was lowered, several turns remove the surplus, 100 messages each
      redis.call('LTRIM', KEYS[2], math.min(surplus, 100), -1)
      redis.call('HSET', KEYS[1], 'trimmed', 1)
    end
  end
  redis.call('EXPIRE', KEYS[2], arg.keep_history) -- open.lua set a longer time
  redis.call('HDEL', KEYS[1], 'active_turn')
  redis.call('HSET', KEYS[1], 'updated_at', now)
end
redis.call('ZADD', KEYS[3], 'XX', tonumber(now) + tonumber(seconds), arg.turn)
redis.call('PUBLISH', KEYS[4], seq .. ':' .. arg.event .. '\n:' .. arg.kind)
return 1
