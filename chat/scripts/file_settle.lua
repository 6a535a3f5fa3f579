#!lua flags=allow-oom
-- Notes that a question with these files was opened, or refused.
--
-- KEYS  1.. file hashes
-- ARGV  1 1 where it was opened: from now on each file goes with the last message that has it; 0 where it was refused
-- Returns the number of files that exist
-- A repetition may let a file be removed that another request has just bound; what it opens shows that the file is gone.

local count = 0
for _, key in ipairs(KEYS) do
  local unsettled = tonumber(redis.call('HGET', key, 'unsettled') or 0)
  if unsettled > 0 then redis.call('HSET', key, 'unsettled', unsettled - 1) end
  local exists = redis.call('EXISTS', key)
  if exists == 1 and ARGV[1] == '1' then redis.call('HSET', key, 'used', 1) end
  count = count + exists
end
return count
