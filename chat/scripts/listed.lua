#!lua flags=allow-oom
-- Reads a page of a user's sessions: pinned ones first, then by last activity; or the archived ones.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  1 '1' = archived ones, '0' = the others   2 only with this tag ('' = all)   3 number of sessions to leave out
--       4 greatest number of sessions, at most 100
-- Returns {number of all, for each session of the page its id, then its marks as JSON ('' = none)}
-- Writes only what puts right what a process of 0.1.0 has changed.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local ROUNDS = 5 -- after which a page is returned although there was something to correct

local is_archived, tag = ARGV[1] == '1', ARGV[2]
local offset, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local source = tag ~= '' and tag_key(tag) or is_archived and ARCHIVED or LIST

-- Returns the number of sessions that are chosen, and their position in the source, newest first.
local function part()
  if source == ARCHIVED then return redis.call('ZCARD', source), 0 end
  local others = redis.call('ZCOUNT', source, 0, '+inf')
  if is_archived then return redis.call('ZCARD', source) - others, others end
  return others, 0
end

if redis.call('ZCOUNT', LIST, BAND / 2, '+inf') ~= redis.call('ZCARD', PINNED) then
  for _, id in ipairs(redis.call('ZRANGE', PINNED, 0, -1)) do corrected(id, LIST) end
end

local total, ids
for _ = 1, ROUNDS do
  local from
  total, from = part()
  local first, last = from + offset, from + math.min(offset + limit, total) - 1
  ids = first <= last and redis.call('ZREVRANGE', source, first, last) or {}
  local is_changed = false
  for _, id in ipairs(ids) do
    local has_marks = source ~= LIST or redis.call('HEXISTS', MARKS, id) == 1
    is_changed = has_marks and corrected(id, source) or is_changed
  end
  if not is_changed then break end
end

keep_together()
local found = {total}
for _, id in ipairs(ids) do
  found[#found + 1] = id
  found[#found + 1] = redis.call('HGET', MARKS, id) or ''
end
return found
