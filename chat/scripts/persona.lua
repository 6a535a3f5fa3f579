-- Stores personas of a user: all that are given, or none.
--
-- KEYS  1 the user's personas: id -> JSON
-- ARGV  1 'add' or 'change'   2 greatest number of personas (0 = unlimited)   3 seconds to keep them
--       4.. id, JSON, id, JSON, …
-- Returns 'stored'
--         'too_many'   the user would have more than the greatest number
--         'taken'      with 'add': one of the ids has another persona
--         'unknown'    with 'change': one of the ids has none
-- A repetition changes nothing and returns the same.

local new = 0
for index = 4, #ARGV, 2 do
  local stored = redis.call('HGET', KEYS[1], ARGV[index])
  if ARGV[1] == 'change' and not stored then return 'unknown' end
  if ARGV[1] == 'add' and stored and stored ~= ARGV[index + 1] then return 'taken' end
  if not stored then new = new + 1 end
end
local most = tonumber(ARGV[2])
if new > 0 and most > 0 and redis.call('HLEN', KEYS[1]) + new > most then return 'too_many' end
for index = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 'stored'
