-- Tells whether a turn waits for an answer of its user, and nothing has to be done about it.
--
-- KEYS  1 turn hash
-- Returns 1 where it does; 0 where it does not, its time is over, or it is to be stopped
-- Writes nothing.

-- include asks

if not is_paused(KEYS[1]) or redis.call('HGET', KEYS[1], 'cancel') == '1' then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
return now < tonumber(redis.call('HGET', KEYS[1], 'paused')) and 1 or 0
