#!lua flags=allow-oom
-- Stops a turn: ends a queued one at once, sets the stop flag of a running one.
--
-- KEYS  1 session hash   2 turns zset   3 turn hash, also the name of its channel   4 turn log
-- ARGV  1 user id   2 turn id   3 end event   4 seconds to keep an ended turn
--       5 seconds to keep one that is detached from its session   6 unique id of this call
-- Returns {state, ended}   state: 'cancelled', 'running' (flagged), 'done', 'failed', or 'unknown'
--                          ended = 1 where this call has ended the turn
-- A repetition changes nothing and returns the same.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return {'unknown', 0} end
local state, seq, stopped_by = unpack(redis.call('HMGET', KEYS[3], 'state', 'seq', 'stopped_by'))
if not state then return {'unknown', 0} end
if state == 'running' then redis.call('HSET', KEYS[3], 'cancel', 1) end
if state ~= 'queued' then return {state, stopped_by == ARGV[6] and 1 or 0} end

local time = redis.call('TIME')
local now = string.format('%s.%06d', time[1], time[2])
seq = tonumber(seq) + 1
redis.call('HSET', KEYS[3], 'state', 'cancelled', 'cancel', 1, 'seq', seq, 'finished_at', now, 'finish_reason', 'cancelled',
  'stopped_by', ARGV[6])
redis.call('XADD', KEYS[4], seq .. '-0', 'e', ARGV[3], 'k', 'end')
redis.call('PUBLISH', KEYS[3], seq .. ':' .. ARGV[3] .. '\n:end')
local attached = redis.call('HGET', KEYS[1], 'active_turn') == ARGV[2]
if attached then redis.call('HDEL', KEYS[1], 'active_turn') end
local seconds = attached and ARGV[4] or ARGV[5]
redis.call('EXPIRE', KEYS[3], seconds)
redis.call('EXPIRE', KEYS[4], seconds)
redis.call('ZADD', KEYS[2], 'XX', tonumber(now) + tonumber(seconds), ARGV[2])
return {'cancelled', 1}
