-- Stores personas of a user: all that are given, or none.
--
-- KEYS  1 the user's personas: id -> JSON without the prompt   2 the prompts: id -> text
-- ARGV  1 'add' or 'change'   2 greatest number of personas (0 = unlimited)   3 seconds to keep them
--       4.. id, JSON, prompt, id, JSON, prompt, …
-- Returns 'stored'
--         'too_many'   the user would have more than the greatest number
--         'taken'      with 'add': one of the ids has another persona
--         'unknown'    with 'change': one of the ids has none
-- A repetition changes nothing and returns the same.

local new = 0
for index = 4, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[index])
  if ARGV[1] == 'change' and not stored then return 'unknown' end
  if ARGV[1] == 'add' and stored and stored ~= ARGV[index + 1] then return 'taken' end
  if not stored then new = new + 1 end
end
local most = tonumber(ARGV[2])
if new > 0 and most > 0 and redis.call('HLEN', KEYS[1]) + new > most then return 'too_many' end
for index = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
  redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 2])
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
return 'stored'
