-- Reads a page of a session's messages.
--
-- KEYS  1 session hash   2 messages list
-- ARGV  1 user id   2 greatest number of messages   3 greatest number of bytes (the page's newest message is always
--       returned)   4 id of the message that follows the page ('' = none: the newest page)
--       5 number of oldest messages in which to continue a search ('' = all)
-- Returns {'page', session hash, number of messages, number of messages before the page, messages, newest first}
--         {'search', n} (not found yet: call again with n as ARGV[5])   {'unknown_session'} {'unknown_message'}
-- Writes nothing.
-- A message's id is "<its number in the session>-<random part>", so it is found in constant time. Messages stored by
-- earlier versions have no number: they are searched for from the newest on, in steps bounded like a page.

local SEARCH_MESSAGES, SEARCH_BYTES = 100, 1000000
local MAX_BATCH, SMALL_BYTES = 4, 20000

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return {'unknown_session'} end
local count = redis.call('LLEN', KEYS[2])

local function number_of(message) return tonumber(string.match(message, '^{"id":"(%d+)%-')) end

-- A message without a number gets it from one of the two messages before it.
local function number_at(index)
  for position = index, math.max(index - 2, 0), -1 do
    local number = number_of(redis.call('LINDEX', KEYS[2], position))
    if number then return number + index - position end
  end
  return index
end

local function find(id, number)
  local index = count - 1 - (number_at(count - 1) - number)
  if index < 0 or index >= count then return nil end
  local head = '{"id":"' .. id .. '"'
  return string.sub(redis.call('LINDEX', KEYS[2], index), 1, #head) == head and index or nil
end

-- Searches the first `count` messages for one without a number, the newest of them first. Returns its index, or nil and
-- the number of messages not searched yet.
local function search(id, count)
  local part, bytes = '"id":"' .. id .. '"', 0
  for index = count - 1, math.max(count - SEARCH_MESSAGES, 0), -1 do
    local message = redis.call('LINDEX', KEYS[2], index)
    if string.find(message, part, 1, true) then return index end
    bytes = bytes + #message
    if bytes > SEARCH_BYTES then return nil, index end
  end
  return nil, math.max(count - SEARCH_MESSAGES, 0)
end

local stop = count
if ARGV[4] ~= '' then
  local number, remaining = tonumber(string.match(ARGV[4], '^(%d+)%-%x+$')), 0
  if count == 0 then
    stop = nil
  elseif number then
    stop = find(ARGV[4], number)
  elseif string.match(ARGV[4], '^%w+$') then
    stop, remaining = search(ARGV[4], math.min(count, tonumber(ARGV[5]) or count))
  else
    stop = nil
  end
  if not stop then return remaining > 0 and {'search', remaining} or {'unknown_message'} end
end

-- Seeking in a long list takes time, so several small messages are read at once. Large ones are read one by one,
-- because reading one beyond the limit of bytes is expensive.
local most, bytes_left = tonumber(ARGV[2]), tonumber(ARGV[3])
local first, page, batch = stop, {}, 1
while first > 0 and #page < most do
  batch = math.min(batch, first, most - #page)
  local messages = redis.call('LRANGE', KEYS[2], first - batch, first - 1)
  local largest = 0
  for index = #messages, 1, -1 do
    bytes_left = bytes_left - #messages[index]
    if bytes_left < 0 and #page > 0 then break end
    page[#page + 1] = messages[index]
    largest = math.max(largest, #messages[index])
  end
  first = stop - #page
  if bytes_left < 0 then break end
  batch = largest > SMALL_BYTES and 1 or math.min(2 * batch, MAX_BATCH)
end
return {'page', redis.call('HGETALL', KEYS[1]), count, first, page}
