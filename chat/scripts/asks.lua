-- Functions on what a turn has asked its user, for scripts that include them.
--
-- The turn's hash has `asks`, the ids of the approvals in order, `ask:<id>` and `answer:<id>`. While the turn waits
-- without a worker, `paused` has the second until which it does, and `parked_by` is its `owner`: a process of 0.1.0
-- that claims such a turn knows none of these fields, and becomes the owner.

local function is_paused(turn)
  local state, owner, paused, parked_by = unpack(redis.call('HMGET', turn, 'state', 'owner', 'paused', 'parked_by'))
  return state == 'running' and paused and parked_by == owner
end

-- Removes the questions, or only those without an answer.
local function drop_asks(turn, only_open)
  local ids = redis.call('HGET', turn, 'asks')
  if not ids then return end
  local left = {}
  for id in string.gmatch(ids, '%S+') do
    if only_open and redis.call('HEXISTS', turn, 'answer:' .. id) == 1 then
      left[#left + 1] = id
    else
      redis.call('HDEL', turn, 'ask:' .. id, 'answer:' .. id)
    end
  end
  if #left > 0 then redis.call('HSET', turn, 'asks', table.concat(left, ' ')) else redis.call('HDEL', turn, 'asks') end
end
