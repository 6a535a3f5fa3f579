#!lua flags=allow-oom
-- Removes sessions from their user's list, with their marks.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  session ids, at most 100
-- Returns 1
-- A repetition changes nothing.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

for _, id in ipairs(ARGV) do drop(id) end
return 1
