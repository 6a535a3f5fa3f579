#!lua flags=allow-oom
-- End a turn as its owner: reply into the history, last event into the log, session free again.
--
-- KEYS  1 session hash   2 messages list   3 turns zset   4 turn hash   5 turn log (its channel has the turn hash's name)
-- ARGV  1 claim token   2 turn id   3 state: done, cancelled or failed   4 reply as JSON ('' = none)   5 last event
--       6 history limit (0 = all)   7 seconds to keep the turn   8 seconds to keep the history
--       9 seconds to keep a turn that its session let go      10.. fields and values for the turn hash
-- A turn that its session let go (the history was cleared) ends without leaving a reply, and is gone soon.
-- Returns 1 when ended, now or by an earlier call with the same token; 0 when the turn is not the caller's

local state, owner, seq = unpack(redis.call('HMGET', KEYS[4], 'state', 'owner', 'seq'))
if owner ~= ARGV[1] then return 0 end
if state ~= 'running' then return 1 end

local time = redis.call('TIME')
local now = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
seq = tonumber(seq) + 1
local kept = redis.call('HGET', KEYS[1], 'active_turn') == ARGV[2]
local seconds = kept and ARGV[7] or ARGV[9]
redis.call('HSET', KEYS[4], 'state', ARGV[3], 'seq', seq, 'finished_at', now, unpack(ARGV, 10))
redis.call('XADD', KEYS[5], seq .. '-0', 'e', ARGV[5])
redis.call('EXPIRE', KEYS[4], seconds)
redis.call('EXPIRE', KEYS[5], seconds)

if kept then
  if ARGV[4] ~= '' then
    redis.call('RPUSH', KEYS[2], ARGV[4])
    local surplus = ARGV[6] == '0' and 0 or redis.call('LLEN', KEYS[2]) - tonumber(ARGV[6])
    if surplus > 0 then -- many where the limit was lowered: they go with the turns to come
      redis.call('LTRIM', KEYS[2], math.min(surplus, 100), -1)
      redis.call('HSET', KEYS[1], 'trimmed', 1)
    end
  end
  redis.call('EXPIRE', KEYS[2], ARGV[8]) -- while the question waited, it was kept for longer
  redis.call('HDEL', KEYS[1], 'active_turn')
  redis.call('HSET', KEYS[1], 'updated_at', now)
end
redis.call('ZADD', KEYS[3], 'XX', tonumber(now) + tonumber(seconds), ARGV[2])
redis.call('PUBLISH', KEYS[4], seq .. ':' .. ARGV[5])
return 1
