-- Claim due jobs. A claimed job moves out of the poll's range until its lease ends, so the cost of a claim
-- grows with what it takes, not with what is running.
--
-- KEYS  1 queue zset
-- ARGV  1 jobs wanted   2 lease, milliseconds   3 prefix of the in-progress keys (they live beside the queue)
-- Returns job id, claim token, score, …   a later claim of the same job has a greater token; score = due since, milliseconds

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local token = string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2]))
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
return claimed
