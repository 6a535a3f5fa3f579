-- Adds an API token to its user's list, within the limit.
--
-- KEYS  1 the user's API tokens: id -> entry
-- ARGV  1 id   2 entry   3 greatest number of tokens (0 = unlimited)   4 seconds to keep the list
-- Returns 1; 0 where the user would have more than the greatest number
-- A repetition changes nothing and returns 1.

local most = tonumber(ARGV[3])
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  if most > 0 and redis.call('HLEN', KEYS[1]) >= most then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
