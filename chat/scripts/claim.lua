-- Claim due jobs. A claimed job moves out of the poll's range until its lease ends, so the cost of a claim
-- grows with what it takes, not with what is running.
--
-- KEYS  1 queue zset   2 last claim token
-- ARGV  1 jobs wanted   2 lease, milliseconds   3 prefix of the in-progress keys (they live beside the queue)
-- Returns job id, claim token, score, …   a later claim of the same job has a greater token; score = due since, milliseconds

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- Greater than any before, even where the clock went back: another server may have taken over.
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local token = string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), last + 1))
local claimed = {}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
for index = 1, #due, 2 do
  local id, score = due[index], due[index + 1]
  if redis.call('SET', ARGV[3] .. id, token, 'NX', 'PX', ARGV[2]) then
    redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[2]), id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = token
    claimed[#claimed + 1] = score
  else
    redis.call('ZADD', KEYS[1], 'XX', now + math.max(redis.call('PTTL', ARGV[3] .. id), 1), id)
  end
end
if #claimed > 0 then redis.call('SET', KEYS[2], token) end
return claimed
