-- Read a turn's log, and how far the turn is, as both are at one moment.
--
-- KEYS  1 turn hash   2 turn log
-- ARGV  1 seq of the first entry wanted
-- Returns {seq, state, entries: {'<seq>-0', {'e', event as JSON}}, …}, or {} where the turn is gone

local seq, state = unpack(redis.call('HMGET', KEYS[1], 'seq', 'state'))
if not seq then return {} end
return {seq, state, redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', '+')}
