-- Read a page of a session's messages.
--
-- KEYS  1 session hash   2 messages list
-- ARGV  1 user id   2 messages at the most   3 bytes at the most (but for the page's newest message, which always comes)
--       4 id of the message that follows the page ('' = none: the newest page)
--       5 messages among which the next step of a search looks ('' = all)
-- A message's id is "<its number in the session>-<random part>", so it is found in constant time. Those that earlier
-- versions stored have no number: they are looked for from the newest on, in steps that are bounded like a page is.
-- Returns {'page', session hash, how many messages there are, how many of them are before the page, messages, newest first}
--         {'search', n} (not among the newest: look among the first n)   {'unknown_session'} {'unknown_message'}

local STEP, STEP_BYTES = 100, 1000000
local AT_ONCE, SMALL = 4, 20000

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return {'unknown_session'} end
local count = redis.call('LLEN', KEYS[2])

local function number_of(message) return tonumber(string.match(message, '^{"id":"(%d+)%-')) end

-- A message's number; where an earlier version stored it, by a question or so before it.
local function number_at(index)
  for place = index, math.max(index - 2, 0), -1 do
    local number = number_of(redis.call('LINDEX', KEYS[2], place))
    if number then return number + index - place end
  end
  return index
end

local function find(id, number)
  local index = count - 1 - (number_at(count - 1) - number)
  if index < 0 or index >= count then return nil end
  local head = '{"id":"' .. id .. '"'
  return string.sub(redis.call('LINDEX', KEYS[2], index), 1, #head) == head and index or nil
end

-- The place of a message without a number, or nil and among how many to look on.
local function search(id, among)
  local part, bytes = '"id":"' .. id .. '"', 0
  for index = among - 1, math.max(among - STEP, 0), -1 do
    local message = redis.call('LINDEX', KEYS[2], index)
    if string.find(message, part, 1, true) then return index end
    bytes = bytes + #message
    if bytes > STEP_BYTES then return nil, index end
  end
  return nil, math.max(among - STEP, 0)
end

local stop = count
if ARGV[4] ~= '' then
  local number, rest = tonumber(string.match(ARGV[4], '^(%d+)%-%x+$')), 0
  if count == 0 then
    stop = nil
  elseif number then
    stop = find(ARGV[4], number)
  elseif string.match(ARGV[4], '^%w+$') then
    stop, rest = search(ARGV[4], math.min(count, tonumber(ARGV[5]) or count))
  else
    stop = nil
  end
  if not stop then return rest > 0 and {'search', rest} or {'unknown_message'} end
end

-- Finding a place in a long list takes time, so small messages are read some at once; of large ones each has to be
-- looked at before the next is read.
local most, room = tonumber(ARGV[2]), tonumber(ARGV[3])
local first, page, at_once = stop, {}, 1
while first > 0 and #page < most do
  at_once = math.min(at_once, first, most - #page)
  local messages = redis.call('LRANGE', KEYS[2], first - at_once, first - 1)
  local largest = 0
  for place = #messages, 1, -1 do
    room = room - #messages[place]
    if room < 0 and #page > 0 then break end
    page[#page + 1] = messages[place]
    largest = math.max(largest, #messages[place])
  end
  first = stop - #page
  if room < 0 then break end
  at_once = largest > SMALL and 1 or math.min(2 * at_once, AT_ONCE)
end
return {'page', redis.call('HGETALL', KEYS[1]), count, first, page}
