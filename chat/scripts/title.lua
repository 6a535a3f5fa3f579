-- Replaces the title taken from the first question by the model's, unless the user set a title or messages were dropped
-- since the model began.
--
-- KEYS  1 session hash
-- ARGV  1 title ('' = keep the present one for good)   2 the session's `cuts` when the model began
--       3 number of the newest message that the title was made from
-- Returns 1, now or by an earlier call; 0 where the session is missing or has got another title
-- A repetition changes nothing and returns 1.

local title, source, cuts, at = unpack(redis.call('HMGET', KEYS[1], 'title', 'title_from', 'cuts', 'title_at'))
if (cuts or '0') ~= ARGV[2] then return 0 end
if source == 'model' then return at == ARGV[3] and (ARGV[1] == '' or title == ARGV[1]) and 1 or 0 end
if source ~= 'question' then return 0 end
redis.call('HSET', KEYS[1], 'title_from', 'model', 'title_at', ARGV[3])
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'title', ARGV[1]) end
return 1
