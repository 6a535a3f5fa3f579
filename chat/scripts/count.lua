#!lua flags=allow-oom
-- Counts the bytes that the store holds for a user: per entry until the entry expires, and in total.
--
-- KEYS  1 hash: entry -> bytes, session -> "bytes revision floor reply", and 'total'
--       2 zset: entries by the second at which they expire
-- ARGV  1 session id ('' = only return the total)   2 its revision   3 bytes of its messages then, or '+' and the bytes of
--       the reply to the question of that revision   4 seconds that they are kept (0 = the session is deleted)
--       5.. pairs for other data of the session (turns, records): seconds that it is kept, and bytes to add, or 'none'
--       where all of it was removed. Each such entry collects the bytes added during a quarter of that time.
-- Returns the total
-- Counts may arrive in another order than the steps that they belong to. Those of a question and of its reply do not
-- replace each other; those of an earlier revision have no effect on the messages. After a removal, all counts of earlier
-- revisions (below the floor) are ignored.
-- A repetition sets the bytes of the messages again, but adds those of the pairs twice; the surplus expires with them.

local time = redis.call('TIME')
local now = tonumber(time[1])

local function drop(entry)
  local value = redis.call('HGET', KEYS[1], entry)
  -- Subtracted from 0, because Redis 7.0 refuses the "-0" that a negation of 0 gives.
  if value then redis.call('HINCRBY', KEYS[1], 'total', 0 - string.match(value, '^%d+')) end
  redis.call('HDEL', KEYS[1], entry)
  redis.call('ZREM', KEYS[2], entry)
end

local longest = 0
local function keep(entry, bytes, seconds)
  redis.call('HINCRBY', KEYS[1], 'total', bytes)
  redis.call('ZADD', KEYS[2], now + seconds, entry)
  longest = math.max(longest, seconds)
end

-- Returns whether the count is not ignored.
local function put(session, revision, messages, seconds, removed)
  local value = redis.call('HGET', KEYS[1], session) or '0'
  local fields = {}
  for number in string.gmatch(value, '%d+') do fields[#fields + 1] = tonumber(number) end
  local bytes, known, floor, reply = fields[1], fields[2] or 0, fields[3] or 0, fields[4] or 0
  if revision < floor then return false end
  if revision < known then return true end
  if revision > known then reply = 0 end -- the bytes of this revision include those of earlier replies
  if string.sub(messages, 1, 1) == '+' then
    bytes, reply = bytes - reply + tonumber(messages), tonumber(messages)
  else
    bytes = tonumber(messages) + reply
  end
  drop(session)
  if seconds == 0 then return true end
  if removed then floor = revision end
  redis.call('HSET', KEYS[1], session, string.format('%.0f %.0f %.0f %.0f', bytes, revision, floor, reply))
  keep(session, bytes, seconds)
  return true
end

for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do drop(entry) end
if ARGV[1] ~= '' and put(ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[6] == 'none') then
  for index = 5, #ARGV, 2 do
    local seconds = tonumber(ARGV[index])
    local period = math.max(1, math.ceil(seconds / 4))
    local newest = math.floor(now / period)
    local name = ARGV[1] .. '/' .. seconds .. '/'
    if ARGV[index + 1] == 'none' then
      for number = newest - 6, newest do drop(name .. number) end
    elseif ARGV[index + 1] ~= '0' then
      redis.call('HINCRBY', KEYS[1], name .. newest, ARGV[index + 1])
      keep(name .. newest, ARGV[index + 1], seconds + period)
    end
  end
end
if longest > 0 then
  for _, key in ipairs(KEYS) do
    if redis.call('TTL', key) < longest then redis.call('EXPIRE', key, longest) end
  end
end
return tonumber(redis.call('HGET', KEYS[1], 'total') or 0)
