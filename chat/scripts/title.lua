-- Replace the title that was cut from the first question. One that the user gave stays, and none is made from messages
-- that are gone.
--
-- KEYS  1 session hash
-- ARGV  1 title ('' = the one that is there will do)   2 how often messages had been dropped when it was begun
--       3 number of the newest message that it was made from
-- Returns 1, also where an earlier call has done it; 0 where the session is missing or has another title by now

local title, from, cuts, at = unpack(redis.call('HMGET', KEYS[1], 'title', 'title_from', 'cuts', 'title_at'))
if (cuts or '0') ~= ARGV[2] then return 0 end
if from == 'model' then return at == ARGV[3] and (ARGV[1] == '' or title == ARGV[1]) and 1 or 0 end
if from ~= 'question' then return 0 end
redis.call('HSET', KEYS[1], 'title_from', 'model', 'title_at', ARGV[3])
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'title', ARGV[1]) end
return 1
