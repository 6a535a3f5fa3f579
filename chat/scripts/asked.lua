-- Notes the session in which a client's request is asked, unless one is noted already.
--
-- KEYS  1 the note
-- ARGV  1 session id   2 seconds to keep the note
--       3 a session that does not exist any more, whose note is replaced ('' = none)
--       4 '1' = keep a note that is there as long again
-- Returns the id of the session that is noted then
-- A repetition changes nothing and returns the same.

local noted = redis.call('GET', KEYS[1])
if noted and noted ~= ARGV[3] then
  if ARGV[4] == '1' then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return noted
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]
