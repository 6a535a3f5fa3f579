-- Sets what a user wants of a session: instructions, and parameters of the model.
--
-- KEYS  1 session hash
-- ARGV  1 user id   2.. fields: name, value, name, value, …; the value '' removes a field
-- Returns 1, or 0 where the session is missing or another user's
-- A repetition sets the same fields again.

if redis.call('HGET', KEYS[1], 'user_id') ~= ARGV[1] then return 0 end
for index = 2, #ARGV, 2 do
  if ARGV[index + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[index])
  else
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
  end
end
return 1
