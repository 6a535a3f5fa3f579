#!lua flags=allow-oom
-- Append events to a running turn's log and publish them to its readers, if the caller still owns the turn.
--
-- KEYS  1 turn hash   2 turn log (its channel has the name of the turn hash)
-- ARGV  1 claim token   2 seq of the last event the caller knows of   3.. events as JSON, none = only ask
-- Returns {seq, stop}   seq of the last event; stop = 1 where the turn is to be stopped
--         {-1}          the turn is not the caller's (any more)
-- A repetition of a call whose answer was lost appends nothing.

local FRAME = 29 -- {"type":"chunk","content":""}

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
