-- Reads messages of a session on all branches, newest first, for a search.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns
-- ARGV  1 user id   2 index of the first message to read, among all in the order of their creation; messages after the
--       last one are not read ('' = the last one)   3 id of the message after it, which was read before ('' = none)
--       4 greatest number of messages   5 greatest number of bytes (at least one message is returned)
-- Returns {'messages', title, time of the last change, index to go on with (-1 = all are read), id of the message after it,
--          for each message its index, then the message}
--         {'unknown_session'}
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- Writes nothing.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree

local user, title, updated = unpack(redis.call('HMGET', SESSION, 'user_id', 'title', 'updated_at'))
if user ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end

local last = math.min(redis.call('LLEN', ORDER) - 1, tonumber(ARGV[2]) or math.huge)
local first = math.max(last - tonumber(ARGV[4]) + 1, 0)
local ids = last >= 0 and redis.call('LRANGE', ORDER, first, last) or {}

local count = #ids
for position, id in ipairs(ids) do -- messages were dropped meanwhile, so the indices of the others are lower
  if id == ARGV[3] then count = position - 1 end
end

local found, bytes, after = {}, 0, ARGV[3]
for position = count, 1, -1 do
  local json = redis.call('HGET', TREE, ids[position])
  bytes = bytes + (json and #json or 0)
  if bytes > tonumber(ARGV[5]) and #found > 0 then
    return {'messages', title, updated, first + position - 1, after, found}
  end
  after = ids[position]
  if json then
    found[#found + 1] = first + position - 1
    found[#found + 1] = json
  end
end
return {'messages', title, updated, first - 1, after, found}
