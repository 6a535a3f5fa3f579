-- Makes a share link of a session.
--
-- KEYS  1 session hash   2 messages list   3 message tree   4 ids of its messages   5 waiting turns (unused)
-- ARGV  1 user id   2 share id   3 secret id   4 'frozen' or 'live'   5 seconds until it expires (0 = never)
--       6 greatest number of share links of a session
-- Returns {'shared', the share link as JSON, the session's title}
--         {'unknown_session'} {'too_many'} {'empty'} (there is no message that it could show)
--         {'not_taken_over'} (there are messages of 0.1.0: see takeover.lua)
-- A repetition makes nothing more and returns the same.

local SESSION, LIST, TREE, ORDER = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
-- include tree
-- include shares

local user, title, active, leaf = unpack(redis.call('HMGET', SESSION, 'user_id', 'title', 'active_turn', 'leaf'))
if user ~= ARGV[1] then return {'unknown_session'} end
if not is_taken_over() then return {'not_taken_over'} end
local known = redis.call('HGET', SESSION, SHARE .. ARGV[2])
if known then return {'shared', known, title} end

local number = 0
for name, share in pairs(all_shares()) do
  if is_valid(share) then number = number + 1 else drop_share(name) end
end
if number >= tonumber(ARGV[6]) then return {'too_many'} end

local now, lifetime = seconds(), tonumber(ARGV[5])
local share = {link = ARGV[3], kind = ARGV[4], created_at = now, expires_at = lifetime > 0 and now + lifetime or 0}
if share.kind == 'frozen' then
  local last = node(leaf)
  -- A question whose reply is being written is not finished.
  if last and last.role == 'user' and (active or '') ~= '' then last = node(last.parent) end
  if not last then return {'empty'} end
  share.leaf, share.title = last.id, title
elseif not last_of(share) then
  return {'empty'}
end
return {'shared', put_share(ARGV[2], share), title}
