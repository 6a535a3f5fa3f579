#!lua flags=allow-oom
-- Claims due jobs. A claimed job's score is the end of its lease, so the cost of a claim grows with the jobs claimed,
-- not with the jobs running.
--
-- KEYS  1 queue zset   2 last claim token   3 answer of this worker's last claim   4 renewals hash
-- ARGV  1 jobs wanted   2 lease, milliseconds   3 prefix of the in-progress keys   4 prefix of the retry keys (both
--       are in the queue's store)   5 id of this claim, unique per worker
-- Returns {job id, claim token, score, …}   a later claim of the same job has a greater token;
--                                           score = millisecond since which the job has been due
-- A repetition within a lease returns the same jobs.
-- The clock may step. A score further ahead than a lease was written before the clock was set back: the job is due or,
-- if it is claimed, its lease starts now. If no worker renewed anything for a lease (clock set forward, store
-- unreachable), jobs that have run before cannot be claimed for half a lease, so that their workers can renew first.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local wanted, lease = tonumber(ARGV[1]), tonumber(ARGV[2])

local number, answer = string.match(redis.call('GET', KEYS[3]) or '', '^(%S+) (.+)$')
if number == ARGV[5] then return cjson.decode(answer) end

local renewed, paused_until = unpack(redis.call('HMGET', KEYS[4], 'at', 'rest_until'))
renewed, paused_until = tonumber(renewed or now), tonumber(paused_until or 0)
if now - renewed > lease then
  paused_until = now + math.floor(lease / 2)
  redis.call('HSET', KEYS[4], 'at', now, 'rest_until', paused_until)
end
local is_paused = now < paused_until and paused_until <= now + lease

-- Greater than any token before, even where the clock went back: another server may be the primary now.
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
  elseif is_paused and redis.call('EXISTS', ARGV[4] .. id) == 1 then
    redis.call('ZADD', KEYS[1], 'XX', paused_until, id)
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
