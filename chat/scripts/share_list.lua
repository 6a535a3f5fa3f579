#!lua flags=allow-oom
-- Reads the share links of a session, and removes those that show nothing any more.
--
-- KEYS  1 session hash   2 messages list (unused)   3 message tree
-- ARGV  1 user id
-- Returns {the session's title, share id, JSON, share id, JSON, …}, or {} where the session is missing or another user's
-- A repetition returns the same.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], nil
-- include tree
-- include shares

local user, title = unpack(redis.call('HMGET', SESSION, 'user_id', 'title'))
if user ~= ARGV[1] then return {} end
local found = {title}
for name, share in pairs(all_shares()) do
  if is_valid(share) then
    found[#found + 1] = name
    found[#found + 1] = redis.call('HGET', SESSION, SHARE .. name)
  else
    drop_share(name)
  end
end
return found
