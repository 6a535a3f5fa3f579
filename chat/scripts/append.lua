#!lua flags=allow-oom
-- Appends events to a running turn's log and publishes them to its readers, if the caller still owns the turn.
--
-- KEYS  1 turn hash, also the name of its channel   2 turn log
-- ARGV  1 claim token   2 seq of the last event that the caller knows   3.. events as JSON, none = only read the state
-- Returns {seq, stop}   seq of the last event; stop = 1 where the turn shall be stopped
--         {-1}          the caller does not own the turn (any more)
-- A repetition appends nothing and returns the same.

local FRAME = 29 -- bytes of {"type":"chunk","content":""}

local state, owner, seq, cancel, first, written = unpack(
  redis.call('HMGET', KEYS[1], 'state', 'owner', 'seq', 'cancel', 'first_token_at', 'written'))
if state ~= 'running' or owner ~= ARGV[1] then return {-1} end

local known, count = tonumber(ARGV[2]), #ARGV - 2
seq, written = tonumber(seq), tonumber(written or 0)
if seq == known and count > 0 then
  for index = 3, #ARGV do
    seq = seq + 1
    redis.call('XADD', KEYS[2], seq .. '-0', 'e', ARGV[index])
    redis.call('PUBLISH', KEYS[1], seq .. ':' .. ARGV[index])
    if not string.find(ARGV[index], '^{"type":"retry"') then
      written = written + math.max(#ARGV[index] - FRAME, 0)
      if not first then
        local time = redis.call('TIME')
        first = string.format('%.6f', tonumber(time[1]) + tonumber(time[2]) / 1000000)
        redis.call('HSET', KEYS[1], 'first_token_at', first)
      end
    end
  end
  redis.call('HSET', KEYS[1], 'seq', seq, 'written', written)
elseif seq ~= known + count then
  return {-1}
end
return {seq, cancel == '1' and 1 or 0}
