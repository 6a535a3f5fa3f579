#!lua flags=allow-oom
-- Claim due jobs. A claimed job moves out of the poll's range until its lease ends, so the cost of a claim
-- grows with what it takes, not with what is running.
--
-- KEYS  1 queue zset   2 last claim token   3 this worker's last claim   4 renewals hash
-- ARGV  1 jobs wanted   2 lease, milliseconds   3 prefix of the in-progress keys   4 prefix of the retry keys (both
--       live in the queue's store)   5 number of this claim among the worker's
-- Returns job id, claim token, score, …   a later claim of the same job has a greater token; score = due since, milliseconds
-- A repetition of a call whose answer was lost returns the same jobs.
-- The clock may step. A score further ahead than a lease was written before the clock was set back: the job is due,
-- or, where it is claimed, its lease begins now. After a time in which no worker renewed anything (the clock was set
-- forward, the store was away) jobs that have run before rest for half a lease, so that their workers can renew first.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local wanted, lease = tonumber(ARGV[1]), tonumber(ARGV[2])

local number, answer = string.match(redis.call('GET', KEYS[3]) or '', '^(%S+) (.+)$')
if number == ARGV[5] then return cjson.decode(answer) end

local renewed, rest = unpack(redis.call('HMGET', KEYS[4], 'at', 'rest_until'))
renewed, rest = tonumber(renewed or now), tonumber(rest or 0)
if now - renewed > lease then
  rest = now + math.floor(lease / 2)
  redis.call('HSET', KEYS[4], 'at', now, 'rest_until', rest)
end
local resting = now < rest and rest <= now + lease

-- Greater than any before, even where the clock went back: another server may have taken over.
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local token = string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), last + 1))
local claimed = {}

local function take(id, score)
  local left = redis.call('PTTL', ARGV[3] .. id)
  if left == -1 or left > lease then
    redis.call('PEXPIRE', ARGV[3] .. id, lease)
    left = lease
  end
  if left >= 0 then
    redis.call('ZADD', KEYS[1], 'XX', now + math.max(left, 1), id)
  elseif resting and redis.call('EXISTS', ARGV[4] .. id) == 1 then
    redis.call('ZADD', KEYS[1], 'XX', rest, id)
  else
    redis.call('SET', ARGV[3] .. id, token, 'PX', lease)
    redis.call('ZADD', KEYS[1], 'XX', now + lease, id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = token
    claimed[#claimed + 1] = score
  end
end

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, wanted)
for index = 1, #due, 2 do take(due[index], due[index + 1]) end
local ahead = redis.call('ZRANGEBYSCORE', KEYS[1], now + lease + 1000, '+inf', 'LIMIT', 0, wanted - #due / 2)
for _, id in ipairs(ahead) do take(id, tostring(now)) end

if #claimed > 0 then
  redis.call('SET', KEYS[2], token)
  redis.call('SET', KEYS[3], ARGV[5] .. ' ' .. cjson.encode(claimed), 'PX', lease)
end
return claimed
