#!lua flags=allow-oom
-- Stores what a user thinks of a reply, or removes it.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns (unused)
-- ARGV  1 user id   2 id of the reply   3 feedback as JSON ('' = remove it)
-- Returns {'stored', the feedback before ('' = none), the reply's model ('' = not known), the session's revision, bytes of
--          its messages}
--         {'unknown_session'} {'unknown_message'} {'not_a_reply'}
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- A repetition changes nothing more; it returns the same feedback as that before, and increments the revision again.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

if redis.call('HGET', SESSION, 'user_id') ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end
local reply = node(ARGV[2])
if not reply then return {'unknown_message'} end
if reply.role ~= 'assistant' then return {'not_a_reply'} end

local before = redis.call('HGET', TREE, 'b:' .. reply.id) or ''
set_feedback(reply.id, ARGV[3])
local model = field_of(redis.call('HGET', TREE, reply.id), 'model') or ''
return {'stored', before, model, redis.call('HINCRBY', SESSION, 'revision', 2),
  tonumber(redis.call('HGET', SESSION, 'bytes') or 0)}
