#!lua flags=allow-oom
-- Stores the answer of a turn's user to a question about a call of a tool. The last one ends the turn's wait.
--
-- KEYS  1 session hash   2 turn hash, also the name of its channel   3 turn log
-- ARGV  by name:
--       user            user id
--       turn            turn id
--       id              id of the approval
--       ask             the question as the caller read it
--       answer          the answer as JSON
--       event           its event as JSON
--       tool            name of the tool, which is allowed for the session from now on ('' = no)
-- Returns {status, 1 where this call has stored the answer}
--         'resumed'  the turn waits for nothing more: the caller queues its job
--         'stored'   the turn waits for further answers
--         'held'     a worker keeps the turn, and reads the answer
--         {'unknown_turn', 0} {'unknown', 0} (no such question) {'changed', 0} (another question has this id: read it)
--         {'answered', 0} (with another answer) {'over', 0} (also where it is being stopped) {'expired', 0}
-- A repetition stores nothing more and returns the state as it is then.

local arg = {} for index = 1, #ARGV, 2 do arg[ARGV[index]] = ARGV[index + 1] end -- named arguments

local SESSION, TURN, LOG = KEYS[1], KEYS[2], KEYS[3]
local MAX_ALLOWED = 200 -- tools of a session; the oldest are asked for again
-- include asks

local function is_open()
  for id in string.gmatch(redis.call('HGET', TURN, 'asks'), '%S+') do
    if redis.call('HEXISTS', TURN, 'answer:' .. id) == 0 then return true end
  end
  return false
end

local function status()
  if is_paused(TURN) then return 'stored' end
  local owner, parked_by = unpack(redis.call('HMGET', TURN, 'owner', 'parked_by'))
  return owner == parked_by and 'resumed' or 'held'
end

local function allow_for_session()
  local lines = {}
  for line in string.gmatch(redis.call('HGET', SESSION, 'allowed_tools') or '', '[^\n]+') do
    if line ~= arg.tool then lines[#lines + 1] = line end
  end
  lines[#lines + 1] = arg.tool
  while #lines > MAX_ALLOWED do table.remove(lines, 1) end
  redis.call('HSET', SESSION, 'allowed_tools', table.concat(lines, '\n'))
end

if redis.call('HGET', SESSION, 'user_id') ~= arg.user then return {'unknown_turn', 0} end
local state, cancel, seq, ask, answer = unpack(redis.call(
  'HMGET', TURN, 'state', 'cancel', 'seq', 'ask:' .. arg.id, 'answer:' .. arg.id))
if not state then return {'unknown_turn', 0} end
if not ask then return {'unknown', 0} end
if answer == arg.answer then return {status(), 0} end
if answer == '{"state":"expired"}' then return {'expired', 0} end
if answer then return {'answered', 0} end
if state ~= 'running' or cancel == '1' then return {'over', 0} end
if ask ~= arg.ask then return {'changed', 0} end
local time = redis.call('TIME')
local expires = string.match(ask, '"until":([%d.]+)}$')
if tonumber(time[1]) + tonumber(time[2]) / 1000000 >= tonumber(expires) then return {'expired', 0} end

local waits = is_paused(TURN)
redis.call('HSET', TURN, 'answer:' .. arg.id, arg.answer)
if arg.tool ~= '' then allow_for_session() end
if waits then
  seq = tonumber(seq) + 1
  redis.call('HSET', TURN, 'seq', seq)
  redis.call('XADD', LOG, seq .. '-0', 'e', arg.event, 'k', 'approval')
  redis.call('PUBLISH', TURN, seq .. ':' .. arg.event .. '\n:approval')
end
if not is_open() then
  redis.call('HDEL', TURN, 'paused')
  if redis.call('HGET', SESSION, 'asks') == arg.turn then redis.call('HDEL', SESSION, 'asks') end
end
return {status(), 1}
