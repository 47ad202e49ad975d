#!lua flags=no-writes
-- Reads what a policy needs: the previous values, the newest seqs, and an identifier of this state.

local META, VALUE, _, _, _, _, _, _, SEQ, _, EXPIRY = unpack(KEYS)
local asked = cmsgpack.unpack(ARGV[1])
if is_damaged() then
  return { 'damaged' }
end
local SLICE = 4000 -- Lua's stack holds some 8,000 values

local function fetch(command, key, names)
  local found = {}
  for first = 1, #names, SLICE do
    local part = redis.call(command, key, unpack(names, first, math.min(first + SLICE - 1, #names)))
    for place, value in ipairs(part) do
      found[first + place - 1] = value
    end
  end
  return found
end

local now, texts = server_time(), fetch('HMGET', VALUE, asked.keys)
for place, expires_at in ipairs(fetch('ZMSCORE', EXPIRY, asked.keys)) do
  if expires_at and tonumber(expires_at) <= now then
    texts[place] = false
  end
end
local epoch, version = unpack(redis.call('HMGET', META, 'epoch', 'version'))
return { (epoch or '') .. ':' .. (version or '0'), texts, fetch('HMGET', SEQ, asked.producers) }
