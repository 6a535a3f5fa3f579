-- Counts the sessions of each of a user's tags.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- Returns for each tag: the tag, the number of its sessions that are not archived, and that of the archived ones
-- Writes nothing.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local found = {}
for _, tag in ipairs(redis.call('SMEMBERS', TAGS)) do
  local others = redis.call('ZCOUNT', tag_key(tag), 0, '+inf')
  for _, each in ipairs({tag, others, redis.call('ZCARD', tag_key(tag)) - others}) do found[#found + 1] = each end
end
return found
