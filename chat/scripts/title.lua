-- Replace the title that was cut from the first question. One that the user gave stays.
--
-- KEYS  1 session hash
-- ARGV  1 title ('' = the one that is there will do)
-- Returns 1, or 0 where the session is missing or has another title by now

if redis.call('HGET', KEYS[1], 'title_from') ~= 'question' then return 0 end
redis.call('HSET', KEYS[1], 'title_from', 'model')
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'title', ARGV[1]) end
return 1
