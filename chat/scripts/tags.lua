#!lua flags=allow-oom
-- Counts the sessions of each of a user's tags, after checking some of the sessions that have marks, chosen at random.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  1 greatest number of sessions to check
-- Returns {ids, counts}
--         ids      archived sessions that are not on the list: a process of 0.1.0 has deleted or dropped them
--         counts   for each tag: the tag, the number of its sessions that are not archived, and that of the archived ones
-- Writes only what puts right what a process of 0.1.0 has changed.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local unlisted = {}
for _, id in ipairs(redis.call('HRANDFIELD', MARKS, ARGV[1])) do
  if marks_of(id).archived and not redis.call('ZSCORE', LIST, id) then
    unlisted[#unlisted + 1] = id
  else
    corrected(id, LIST)
  end
end

local counts = {}
for _, tag in ipairs(redis.call('SMEMBERS', TAGS)) do
  local others = redis.call('ZCOUNT', tag_key(tag), 0, '+inf')
  for _, each in ipairs({tag, others, redis.call('ZCARD', tag_key(tag)) - others}) do counts[#counts + 1] = each end
end
return {unlisted, counts}
