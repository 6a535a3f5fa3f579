-- Functions on a user's list of sessions and on the marks of these sessions, for scripts that include them. These declare
-- the keys before:
-- LIST     zset: all sessions of the user by last activity, seconds. Where a session is pinned, BAND is added; where it is
--          archived, BAND is subtracted. So the pinned ones come first, and the archived ones last.
-- MARKS    hash: of a session that has marks, {"pinned": true, "archived": true, "tags": [...]} with those that it has
-- ARCHIVED zset: the archived sessions by last activity      PINNED  zset: the pinned ones, likewise
-- TAGS     set: the tags that any session has. TAGS:<SHA-1 of the tag> is a zset of its sessions, scored as in LIST.
--
-- Processes of 0.1.0 know only LIST. They score a session that is used again by its activity alone, remove deleted ones,
-- and drop those whose score looks too old, which archived ones do. `corrected` puts that right.

local BAND = 1e10 -- greater than twice any activity

local function level_of(score) return score < 0 and -1 or score >= BAND / 2 and 1 or 0 end
local function activity_of(score) return score - level_of(score) * BAND end
local function tag_key(tag) return TAGS .. ':' .. redis.sha1hex(tag) end

local function marks_of(id)
  local json = redis.call('HGET', MARKS, id)
  return json and cjson.decode(json) or {}
end

local function level(marks) return marks.archived and -1 or marks.pinned and 1 or 0 end

local function tags_json(tags)
  local parts = {}
  for index, tag in ipairs(tags) do parts[index] = cjson.encode(tag) end
  return '[' .. table.concat(parts, ',') .. ']'
end

local function marks_json(marks)
  local parts = {}
  if marks.pinned then parts[#parts + 1] = '"pinned":true' end
  if marks.archived then parts[#parts + 1] = '"archived":true' end
  if marks.tags and #marks.tags > 0 then parts[#parts + 1] = '"tags":' .. tags_json(marks.tags) end
  return #parts > 0 and '{' .. table.concat(parts, ',') .. '}' or ''
end

local function untag(id, tag)
  redis.call('ZREM', tag_key(tag), id)
  if redis.call('EXISTS', tag_key(tag)) == 0 then redis.call('SREM', TAGS, tag) end
end

-- Sets the marks of a session and its places in all lists.
local function put(id, marks, activity)
  local at = string.format('%.6f', activity)
  local score = string.format('%.6f', activity + level(marks) * BAND)
  redis.call('ZADD', LIST, score, id)
  for key, is_on in pairs({[ARCHIVED] = marks.archived or false, [PINNED] = marks.pinned or false}) do
    if is_on then redis.call('ZADD', key, at, id) else redis.call('ZREM', key, id) end
  end
  for _, tag in ipairs(marks.tags or {}) do
    redis.call('SADD', TAGS, tag)
    redis.call('ZADD', tag_key(tag), score, id)
  end
  local json = marks_json(marks)
  if json ~= '' then redis.call('HSET', MARKS, id, json) else redis.call('HDEL', MARKS, id) end
end

-- Removes a session from all lists.
local function drop(id)
  for _, tag in ipairs(marks_of(id).tags or {}) do untag(id, tag) end
  redis.call('ZREM', LIST, id)
  redis.call('ZREM', ARCHIVED, id)
  redis.call('ZREM', PINNED, id)
  redis.call('HDEL', MARKS, id)
end

-- Puts right what a process of 0.1.0 has changed of a session's places. `key`: a list, in which its score has to fit, too.
-- Returns whether something was changed.
local function corrected(id, key)
  local marks, score = marks_of(id), tonumber(redis.call('ZSCORE', LIST, id))
  if not score and not marks.archived then
    redis.call('ZREM', key, id)
    drop(id)
    return true
  end
  if not score then
    put(id, marks, tonumber(redis.call('ZSCORE', ARCHIVED, id) or 0))
    return true
  end
  local activity, other = activity_of(score), tonumber(redis.call('ZSCORE', key, id) or score)
  if level_of(score) == level(marks) and math.abs(activity_of(other) - activity) < 0.001 then return false end
  if level_of(score) == 0 then marks.archived = nil end -- it is used again
  put(id, marks, activity)
  return true
end

-- Keeps the list and all marks of its sessions for the same time: marks that expire first would be lost.
local function keep(seconds)
  for _, key in ipairs({LIST, MARKS, ARCHIVED, PINNED, TAGS}) do redis.call('EXPIRE', key, seconds) end
  for _, tag in ipairs(redis.call('SMEMBERS', TAGS)) do redis.call('EXPIRE', tag_key(tag), seconds) end
end

-- Does the same for the longer time of the two, where a process of 0.1.0 has renewed the list alone.
local function keep_together()
  local list, marks = redis.call('TTL', LIST), redis.call('TTL', MARKS)
  local longest = math.max(list, marks)
  if marks ~= -2 and longest > 0 and math.abs(list - marks) > 1 then keep(longest) end
end
