#!lua flags=allow-oom
-- Ends a turn as its owner: stores the reply, appends and publishes the last event, frees the session.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 turn hash, also the name of its channel   5 turn log
-- ARGV  1 claim token   2 turn id   3 state: done, cancelled or failed   4 reply as JSON ('' = none)   5 last event
--       6 history limit (0 = unlimited)   7 seconds to keep the turn   8 seconds to keep the history
--       9 seconds to keep a detached turn      10.. fields and values for the turn hash
-- A detached turn (the history was cleared meanwhile) stores no reply and expires soon.
-- Returns 1 where the turn is ended, now or by an earlier call with the same token; 0 where the caller does not own it
-- A repetition changes nothing and returns 1.

local state, owner, seq = unpack(redis.call('HMGET', KEYS[4], 'state', 'owner', 'seq'))
if owner ~= ARGV[1] then return 0 end
if state ~= 'running' then return 1 end

local time = redis.call('TIME')
local now = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
seq = tonumber(seq) + 1
local attached = redis.call('HGET', KEYS[1], 'active_turn') == ARGV[2]
local seconds = attached and ARGV[7] or ARGV[9]
redis.call('HSET', KEYS[4], 'state', ARGV[3], 'seq', seq, 'finished_at', now, unpack(ARGV, 10))
redis.call('XADD', KEYS[5], seq .. '-0', 'e', ARGV[5])
redis.call('EXPIRE', KEYS[4], seconds)
redis.call('EXPIRE', KEYS[5], seconds)

if attached then
  if ARGV[4] ~= '' then
    redis.call('RPUSH', KEYS[2], ARGV[4])
    local surplus = ARGV[6] == '0' and 0 or redis.call('LLEN', KEYS[2]) - tonumber(ARGV[6])
    if surplus > 0 then -- after the limit was lowered, several turns remove the surplus, 100 messages each
      redis.call('LTRIM', KEYS[2], math.min(surplus, 100), -1)
      redis.call('HSET', KEYS[1], 'trimmed', 1)
    end
  end
  redis.call('EXPIRE', KEYS[2], ARGV[8]) -- open.lua set a longer time
  redis.call('HDEL', KEYS[1], 'active_turn')
  redis.call('HSET', KEYS[1], 'updated_at', now)
end
redis.call('ZADD', KEYS[3], 'XX', tonumber(now) + tonumber(seconds), ARGV[2])
redis.call('PUBLISH', KEYS[4], seq .. ':' .. ARGV[5])
return 1
