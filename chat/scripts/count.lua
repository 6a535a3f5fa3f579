#!lua flags=allow-oom
-- Counts the bytes that the store holds for a user: per entry until the entry expires, and in total.
--
-- KEYS  1 hash: entry -> bytes, and 'total'   2 zset: entries by the second at which they expire
-- ARGV  1 session id ('' = only return the total)   2 bytes of its messages   3 seconds that they are kept
--       4.. pairs for other data of the session (turns, records): seconds that it is kept, and bytes to add, or 'none'
--       where all of it was removed. Each such entry collects the bytes added during a quarter of that time.
-- Returns the total
-- A repetition sets the bytes of the messages again, but adds those of the pairs twice; the surplus expires with them.

local time = redis.call('TIME')
local now = tonumber(time[1])

local function drop(entry)
  local bytes = redis.call('HGET', KEYS[1], entry)
  if bytes then redis.call('HINCRBY', KEYS[1], 'total', -bytes) end
  redis.call('HDEL', KEYS[1], entry)
  redis.call('ZREM', KEYS[2], entry)
end

local longest = 0
local function add(entry, bytes, seconds)
  redis.call('HINCRBY', KEYS[1], 'total', bytes)
  redis.call('HINCRBY', KEYS[1], entry, bytes)
  redis.call('ZADD', KEYS[2], now + seconds, entry)
  longest = math.max(longest, seconds)
end

for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do drop(entry) end
if ARGV[1] ~= '' then
  drop(ARGV[1])
  if ARGV[2] ~= '0' then add(ARGV[1], ARGV[2], tonumber(ARGV[3])) end
  for index = 4, #ARGV, 2 do
    local seconds = tonumber(ARGV[index])
    local period = math.max(1, math.ceil(seconds / 4))
    local newest = math.floor(now / period)
    local name = ARGV[1] .. '/' .. seconds .. '/'
    if ARGV[index + 1] == 'none' then
      for number = newest - 6, newest do drop(name .. number) end
    elseif ARGV[index + 1] ~= '0' then
      add(name .. newest, ARGV[index + 1], seconds + period)
    end
  end
end
if longest > 0 then
  for _, key in ipairs(KEYS) do
    if redis.call('TTL', key) < longest then redis.call('EXPIRE', key, longest) end
  end
end
return tonumber(redis.call('HGET', KEYS[1], 'total') or 0)
