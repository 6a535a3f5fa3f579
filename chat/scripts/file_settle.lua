#!lua flags=allow-oom
-- Notes that a question with these files was opened, or refused.
--
-- KEYS  1.. file hashes
-- Returns the number of files that exist
-- A repetition may let a file be removed that another request has just bound; what it opens shows that the file is gone.

local count = 0
for _, key in ipairs(KEYS) do
  local unsettled = tonumber(redis.call('HGET', key, 'unsettled') or 0)
  if unsettled > 0 then redis.call('HSET', key, 'unsettled', unsettled - 1) end
  count = count + redis.call('EXISTS', key)
end
return count
