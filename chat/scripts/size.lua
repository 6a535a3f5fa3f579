-- Measures the bytes of a session's messages in constant time, from the running totals of its first and its last
-- question ("through", see open.lua).
--
-- KEYS  1 session hash   2 messages list
-- ARGV  none
-- Returns {user id, bytes, active turn ('' = none)}; {'', 0, ''} where the session is gone
-- Writes nothing.

local user, active = unpack(redis.call('HMGET', KEYS[1], 'user_id', 'active_turn'))
if not user then return {'', 0, ''} end
local count = redis.call('LLEN', KEYS[2])

-- Finds the nearest running total, from an index on. Returns it, the bytes of the messages passed on the way, and the
-- bytes of the message that has it.
local function total(index, step)
  local bytes = 0
  for position = index, index + 2 * step, step do
    local message = redis.call('LINDEX', KEYS[2], position)
    if not message then break end
    local through = string.match(message, '^{"id":"[^"]*","through":(%d+),')
    if through then return tonumber(through), bytes, #message end
    bytes = bytes + #message
  end
  return 0, bytes, 0
end

if count == 0 then return {user, 0, active or ''} end
local last, after = total(-1, -1)
local first, before, own = total(0, 1)
return {user, math.max(0, last + after - (first - own) + before), active or ''}
