-- Functions on the share links of a session, for scripts that include them after tree.lua.
--
-- A share link is the field `share:<share id>` of the session's hash, so it is removed with the session, by a process of
-- any release. It is JSON: `link` the secret id, `kind` ('frozen' or 'live'), `created_at` and `expires_at` in seconds
-- (0 = never), and of a frozen one `leaf`, the last message that it shows, and `title`, the session's title as it was.
-- A live one shows the branch that the session shows.

local SHARE = 'share:'

local function seconds() return tonumber(redis.call('TIME')[1]) end

-- Returns the last message that a share link shows, nil for none; and whether a reply to it is being written.
local function last_of(share)
  if share.kind == 'frozen' then return node(share.leaf), false end
  local active, head, leaf = unpack(redis.call('HMGET', SESSION, 'active_turn', 'head', 'leaf'))
  local is_running = (active or '') ~= ''
  return node(is_running and head or leaf), is_running
end

-- Whether a share link still shows something. A frozen one does not if its last message is gone.
local function is_valid(share)
  if share.expires_at > 0 and share.expires_at <= seconds() then return false end
  return share.kind == 'live' or redis.call('HEXISTS', TREE, share.leaf) == 1
end

-- Returns a share link; nil if there is none that is valid.
local function share_named(name)
  local json = redis.call('HGET', SESSION, SHARE .. name)
  local share = json and cjson.decode(json)
  return share and is_valid(share) and share or nil
end

-- Returns all share links of the session by their ids.
local function all_shares()
  local found = {}
  for _, field in ipairs(redis.call('HKEYS', SESSION)) do
    if string.sub(field, 1, #SHARE) == SHARE then
      found[string.sub(field, #SHARE + 1)] = cjson.decode(redis.call('HGET', SESSION, field))
    end
  end
  return found
end

local function put_share(name, share)
  local json = cjson.encode(share)
  redis.call('HSET', SESSION, SHARE .. name, json)
  return json
end

local function drop_share(name) redis.call('HDEL', SESSION, SHARE .. name) end
