-- Replaces the text of a waiting question.
--
-- KEYS  1 session hash   2 turn hash
-- ARGV  1 user id   2 user message as JSON, without its opening brace and id
-- Returns 1; 0 where the question does not wait any more; -1 where the turn is gone or another user's
-- A repetition sets the same text again, and increments `waiting_revision` again.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return -1 end
local state = redis.call('HGET', KEYS[2], 'state')
if not state then return -1 end
if state ~= 'waiting' then return 0 end
redis.call('HSET', KEYS[2], 'message', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'waiting_revision', 1)
return 1
