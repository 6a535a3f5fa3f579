#!lua flags=allow-oom
-- Removes an idempotency record, if it belongs to the turn.
--
-- KEYS  1 idempotency records   2 zset of their names
-- ARGV  1 name of the record   2 turn id
-- Returns 1, or 0 where there is no such record
-- A repetition returns 0 and changes nothing.

local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record or string.match(record, '^%S+') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1], 'turn:' .. string.match(ARGV[2], '%d+$'))
return redis.call('HDEL', KEYS[1], ARGV[1])
