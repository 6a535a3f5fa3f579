#!lua flags=allow-oom
-- Opens the next waiting question of a session, if no reply runs and the questions are not paused.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns   6 turns zset
-- ARGV  1 user id whose session it has to be ('' = any)   2 '1' = end the pause first
--       3 newest messages to keep in the form of 0.1.0   4 seconds to keep a running turn   5 seconds to keep the history
--       6 seconds to keep the session
-- Returns the session's active turn if it is queued, opened now or by an earlier call; '' otherwise
--         false where the session is missing or another user's
--         'not_taken_over' (there are messages of 0.1.0: see takeover.lua)
-- A repetition changes nothing and returns the same.

local SESSION, LIST, TREE, ORDER, WAITING, TURNS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- include tree
-- include waiting

local user, active = unpack(redis.call('HMGET', SESSION, 'user_id', 'active_turn'))
if not user or (ARGV[1] ~= '' and user ~= ARGV[1]) then return false end
if not is_taken_over() then return 'not_taken_over' end
if ARGV[2] == '1' and redis.call('HDEL', SESSION, 'paused') == 1 then waiting_changed() end
if active and active ~= '' then return redis.call('HGET', turn_key(active), 'state') == 'queued' and active or '' end

local time = redis.call('TIME')
return open_next(tonumber(time[1]) + tonumber(time[2]) / 1000000, tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]),
  ARGV[6])
