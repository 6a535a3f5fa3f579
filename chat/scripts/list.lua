-- Adds a new session to its user's list, if the limit allows it.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  1 session id   2 limit of sessions (0 = unlimited)   3 seconds that a session is kept
--       4 second of its last activity ('' = now, and not later)
-- Returns 1, or 0 where the list is full
-- A repetition moves the session to the same place, without ARGV[4] to the top, and returns 1.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local oldest = now - tonumber(ARGV[3])

-- Every score before `oldest`, of archived, plain and pinned sessions.
local counted = 0
for _, each in ipairs({-1, 0, 1}) do
  local first = each < 0 and '-inf' or string.format('%.6f', each * BAND - (each > 0 and BAND / 2 or 0))
  local bound = string.format('%.6f', math.max(oldest, 0) + each * BAND)
  local last = each > 0 and '+inf' or string.format('(%.6f', each * BAND + BAND / 2)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LIST, first, '(' .. bound, 'LIMIT', 0, 100)) do drop(id) end
  counted = counted + redis.call('ZCOUNT', LIST, bound, last)
end

local limit = tonumber(ARGV[2])
if limit > 0 and not redis.call('ZSCORE', LIST, ARGV[1]) and counted >= limit then return 0 end
redis.call('ZADD', LIST, string.format('%.6f', math.min(tonumber(ARGV[4]) or now, now)), ARGV[1])
keep(ARGV[3])
return 1
