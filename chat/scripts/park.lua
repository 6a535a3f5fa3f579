#!lua flags=allow-oom
-- Asks the user about calls of tools. The turn waits for the answers without a worker, or its worker keeps it.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages
--       5 waiting turns   6 turns zset   7 turn hash, also the name of its channel   8 turn log
-- ARGV  1 claim token   2 turn id   3 seq of the last event that the caller knows ('' = the caller keeps the turn, and
--       writes the events itself)   4 seconds within which an answer counts   5 seconds to keep the turn and its session
--       6.. for each question the id of the approval, the question as JSON, its event as JSON, both without `until`
-- Returns {status, second until which an answer counts}
--         'parked'   the caller ends its job: what answers the last question queues the turn
--         'held'     the caller goes on
--         'answered' the same questions were all answered before: the caller goes on
--         'stopped'  the caller closes the turn
--         'lost'     the caller does not own the turn (any more), or the store lost events
-- A repetition changes nothing, but while the caller keeps the turn it prolongs the time of unanswered questions.

local SESSION, TURN, LOG = KEYS[1], KEYS[7], KEYS[8]
local token, turn, known, parks = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[3] ~= ''
local state, owner, seq, cancel, parked_by, paused, ids = unpack(redis.call(
  'HMGET', TURN, 'state', 'owner', 'seq', 'cancel', 'parked_by', 'paused', 'asks'))
if state ~= 'running' or owner ~= token then return {'lost', '0'} end
if parks and parked_by == token then return {'parked', paused or '0'} end
if cancel == '1' then return {'stopped', '0'} end
if parks and tonumber(seq) ~= known then return {'lost', '0'} end

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local expires = string.format('%.3f', now + tonumber(ARGV[4]))

local function with_time(json) return string.sub(json, 1, -2) .. ',"until":' .. expires .. '}' end

local names, is_known, open = {}, {}, {}
for id in string.gmatch(ids or '', '%S+') do
  names[#names + 1], is_known[id] = id, true
end
for index = 6, #ARGV, 3 do
  local id, ask = ARGV[index], ARGV[index + 1]
  local before = redis.call('HGET', TURN, 'ask:' .. id)
  local is_same = before and string.sub(before, 1, #ask + 8) == string.sub(ask, 1, -2) .. ',"until":'
  if not is_same or redis.call('HEXISTS', TURN, 'answer:' .. id) == 0 then open[#open + 1] = index end
  if not is_known[id] then names[#names + 1] = id end
end
if #open == 0 then return {'answered', '0'} end

for _, index in ipairs(open) do
  local id, ask, event = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  redis.call('HSET', TURN, 'ask:' .. id, with_time(ask))
  redis.call('HDEL', TURN, 'answer:' .. id)
  if parks then
    seq, event = tonumber(seq) + 1, with_time(event)
    redis.call('XADD', LOG, seq .. '-0', 'e', event, 'k', 'approval')
    redis.call('PUBLISH', TURN, seq .. ':' .. event .. '\n:approval')
  end
end
redis.call('HSET', TURN, 'asks', table.concat(names, ' '))
redis.call('HSET', SESSION, 'asks', turn)
if parks then redis.call('HSET', TURN, 'seq', seq, 'paused', expires, 'parked_by', token, 'handed_back', 1) end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[5], 'GT') end
redis.call('ZADD', KEYS[6], 'XX', 'GT', now + tonumber(ARGV[5]), turn)
return {parks and 'parked' or 'held', expires}
