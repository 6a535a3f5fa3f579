-- Pins, archives or tags a session, or takes that back. A pinned session that is archived is not pinned any more, and the
-- other way round.
--
-- KEYS  1 zset: the user's sessions by last activity, seconds   2 their marks   3 archived ones   4 pinned ones   5 tags
-- ARGV  1 session id   2 pinned, 3 archived: '1', '0' or '' = as it is   4 tags as JSON ('' = as they are)
--       5 greatest number of pinned sessions   6 greatest number of different tags   7 seconds that a session is kept
-- Returns {'marked', marks as JSON}   '' = none
--         {'unlisted'} (the session is not on the list) {'too_many_pinned'} {'too_many_tags'}
-- A repetition changes nothing more and returns the same.

local LIST, MARKS, ARCHIVED, PINNED, TAGS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- include marks

local id, pinned, archived, tags = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
corrected(id, LIST)
local score = tonumber(redis.call('ZSCORE', LIST, id))
if not score then return {'unlisted'} end

local marks = marks_of(id)
if pinned == '1' and not marks.pinned and redis.call('ZCARD', PINNED) >= tonumber(ARGV[5]) then return {'too_many_pinned'} end
local before, given = marks.tags or {}, tags ~= '' and cjson.decode(tags) or marks.tags or {}
local kept, new = {}, 0
for _, tag in ipairs(given) do
  kept[tag] = true
  if redis.call('SISMEMBER', TAGS, tag) == 0 then new = new + 1 end
end
if new > 0 and redis.call('SCARD', TAGS) + new > tonumber(ARGV[6]) then return {'too_many_tags'} end

if pinned == '1' then marks.pinned, marks.archived = true, nil end
if archived == '1' then marks.pinned, marks.archived = nil, true end
if pinned == '0' then marks.pinned = nil end
if archived == '0' then marks.archived = nil end
marks.tags = given
put(id, marks, activity_of(score))
for _, tag in ipairs(before) do
  if not kept[tag] then untag(id, tag) end
end
keep(ARGV[7])
return {'marked', marks_json(marks)}
