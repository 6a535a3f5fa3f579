-- Forget a session's messages. A running reply is flagged to stop and let go: it is not kept, and the session is free.
--
-- KEYS  1 session hash   2 messages list   3 turn hash of the active turn (any name where there is none)
-- ARGV  1 user id   2 the active turn as the caller saw it ('' = none)
-- Returns 'cleared', 'unknown', or 'changed' (another turn is active: look again)

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 'unknown' end
if (redis.call('HGET', KEYS[1], 'active_turn') or '') ~= ARGV[2] then return 'changed' end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('HSET', KEYS[3], 'cancel', 1)
end
redis.call('HDEL', KEYS[1], 'active_turn', 'trimmed')
redis.call('DEL', KEYS[2])
return 'cleared'
