#!lua flags=allow-oom
-- Shows another branch of a session.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns   6 turns zset
-- ARGV  1 user id   2 id of a message of the branch, which is shown to its leaf that was shown last
--       3 newest messages to keep in the form of 0.1.0
-- Returns {'shown', id of the leaf}
--         {'unknown_session'} {'unknown_message'} {'busy', turn id} (a reply is running)
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- A repetition changes nothing and returns the same.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

local user, active = unpack(redis.call('HMGET', SESSION, 'user_id', 'active_turn'))
if user ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end
local given = node(ARGV[2])
if not given then return {'unknown_message'} end
if active and active ~= '' then return {'busy', active} end

local leaf = leaf_below(given)
set_leaf(node(leaf))
set_head(leaf, tonumber(ARGV[3]))
return {'shown', leaf}
