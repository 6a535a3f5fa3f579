#!lua flags=allow-oom
-- Returns the open turns that are due for a sweep, and makes each due again after a pause, so that no other sweep gets
-- it meanwhile.
--
-- KEYS  1 open turns zset
-- ARGV  1 turns wanted   2 pause, milliseconds
-- Returns turn ids
-- A repetition returns other turns; those of a lost answer are due again after the pause.
-- A score further ahead than the pause was written before the clock was set back: the turn is due.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local pause = tonumber(ARGV[2])
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local ahead = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now + pause, '+inf', 'LIMIT', 0, tonumber(ARGV[1]) - #due)
for _, id in ipairs(ahead) do due[#due + 1] = id end
for _, id in ipairs(due) do
  redis.call('ZADD', KEYS[1], 'XX', now + pause, id)
end
return due
