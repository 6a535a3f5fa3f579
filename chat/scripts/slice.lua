-- Reads some messages of a session, of all branches, in the order in which they were added.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns (unused)
-- ARGV  1 user id   2 position at which to begin   3 id that was read last ('' = none)
--       4 id of the last message to read ('' = the newest now)   5 greatest number of messages
--       6 greatest number of bytes (a larger message is returned alone)
-- Returns {'slice', session hash, position after the slice, id that was read last, id of the last message to read,
--          1 where all are read, else 0, messages}
--         {'unknown_session'} {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- Writes nothing.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

local fields = redis.call('HGETALL', SESSION)
if redis.call('HGET', SESSION, 'user_id') ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end

local position, last, final = tonumber(ARGV[2]), ARGV[3], ARGV[4]
if final == '' then final = redis.call('LINDEX', ORDER, -1) or '' end
if last ~= '' and redis.call('LINDEX', ORDER, position - 1) ~= last then -- the oldest were dropped meanwhile
  position = (redis.call('LPOS', ORDER, last) or -1) + 1
end

local ids = redis.call('LRANGE', ORDER, position, position + tonumber(ARGV[5]) - 1)
local messages, bytes, done = {}, 0, #ids < tonumber(ARGV[5])
for _, id in ipairs(ids) do
  local json = redis.call('HGET', TREE, id)
  bytes = bytes + (json and #json or 0)
  if bytes > tonumber(ARGV[6]) and #messages > 0 then
    done = false
    break
  end
  if json then messages[#messages + 1] = with_feedback(id, json) end
  position, last = position + 1, id
  if id == final then
    done = true
    break
  end
end
return {'slice', fields, position, last, final, done and 1 or 0, messages}
