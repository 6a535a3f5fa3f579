-- Binds files to a session before a question with them is opened in it, all or nothing. Until the caller has settled that,
-- or some time has passed, they are not removed.
--
-- KEYS  1 the session's files: a set of ids   2.. file hashes
-- ARGV  1 session id   2 seconds for which they are not removed   3 seconds to keep the set   4.. the files' ids
-- Returns the fields of each file
--         false where one of them is missing or being removed, or is in as many sessions as it may be
-- A repetition delays a removal once more.

local MAX_SESSIONS = 100
local now = tonumber(redis.call('TIME')[1])
local bound = {}
for index = 2, #KEYS do
  local state, sessions = unpack(redis.call('HMGET', KEYS[index], 'state', 'sessions'))
  if state ~= 'ready' then return false end
  sessions = sessions or ''
  if not string.find(sessions, ARGV[1], 1, true) then
    if #sessions + 1 >= 37 * MAX_SESSIONS then return false end
    sessions = sessions == '' and ARGV[1] or sessions .. ' ' .. ARGV[1]
  end
  bound[index] = sessions
end
local found = {}
for index = 2, #KEYS do
  local key = KEYS[index]
  local unsettled, until_time = unpack(redis.call('HMGET', key, 'unsettled', 'unsettled_until'))
  if tonumber(until_time or 0) < now then unsettled = 0 end
  redis.call('HSET', key, 'sessions', bound[index], 'unsettled', tonumber(unsettled or 0) + 1,
    'unsettled_until', now + tonumber(ARGV[2]))
  redis.call('HINCRBY', key, 'binds', 1)
  redis.call('SADD', KEYS[1], ARGV[index + 2])
  found[#found + 1] = redis.call('HGETALL', key)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return found
