-- Moves a session to the top of its user's list, if it is on it. An archived one is not archived any more. Renews the
-- list and the marks.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  1 session id ('' = none)   2 seconds that a session is kept
-- Returns 1
-- A repetition moves it to the top again.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local time = redis.call('TIME')
local marks = marks_of(ARGV[1])
if marks.archived or redis.call('ZSCORE', LIST, ARGV[1]) then
  marks.archived = nil
  put(ARGV[1], marks, tonumber(time[1]) + tonumber(time[2]) / 1000000)
end
keep(ARGV[2])
return 1
