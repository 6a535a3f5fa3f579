#!lua flags=allow-oom
-- Chooses the first of several candidates that is not left out after failures. One whose time has come gets one trial.
--
-- KEYS  for each candidate: its circuits, each with   1 circuit hash   2 zset of its failures
-- ARGV  1 number of circuits of each candidate   2 unique to this call   3 milliseconds for which a trial keeps others out
--       4 longest time, in milliseconds, for which a circuit opens
-- Returns {position of the candidate, from 1; 0 = all are left out,
--          '1' where the candidate has failures that a success should clear,
--          why the first candidate is left out ('' = it is not)}
-- A repetition changes nothing and returns the same.
-- Times further ahead than they can be were written before the clock was set back; they count as past.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local step = 2 * tonumber(ARGV[1])

local function is_ahead(at, longest) return at > now and at <= now + longest end

local why, doubted
for first = 1, #KEYS, step do
  local is_out, trials = false, {}
  doubted = '0'
  for index = first, first + step - 1, 2 do
    local until_ms, trial, trial_until, reason = unpack(redis.call(
      'HMGET', KEYS[index], 'open_until', 'trial', 'trial_until', 'reason'))
    if until_ms or redis.call('EXISTS', KEYS[index + 1]) == 1 then doubted = '1' end
    if until_ms then
      local is_tried = trial and trial ~= ARGV[2] and is_ahead(tonumber(trial_until), tonumber(ARGV[3]))
      is_out = is_out or is_ahead(tonumber(until_ms), tonumber(ARGV[4])) or is_tried
      trials[#trials + 1] = KEYS[index]
      if is_out then why = why or reason end
    end
  end
  if not is_out then
    for _, circuit in ipairs(trials) do
      redis.call('HSET', circuit, 'trial', ARGV[2], 'trial_until', now + tonumber(ARGV[3]))
    end
    return {(first - 1) / step + 1, doubted, first > 1 and why or ''}
  end
end
return {0, '1', why}
