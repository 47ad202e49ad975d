#!lua flags=allow-oom
-- Rebuilds a keyspace after the server dropped keys, in a new epoch. Returns 0 if nothing is missing.
--
-- An entry's text has its key, lane, revision and time, so everything else is rebuilt from the values.
-- Removals and floors are not needed, because every reader starts over. Lost seqs cannot be rebuilt.

local META, VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, SEQ, PRODUCER, EXPIRY, COURSE = unpack(KEYS)
local asked = cmsgpack.unpack(ARGV[1])

local function is_whole()
  if is_damaged() then
    return false
  end
  for _, key in ipairs(redis.call('ZRANGE', LIVE, 0, -1)) do
    if redis.call('HEXISTS', VALUE, key) == 0 then
      return false
    end
  end
  return true
end

if is_whole() then
  return 0
end

local function end_of_string(text, at)
  while at do
    at = string.find(text, '["\\]', at + 1)
    if at and string.sub(text, at, at) == '"' then
      return at
    end
    at = at and at + 1
  end
end

-- Returns an entry's lane, revision, time and value, or nothing where the text is none.
local function parts_of(text)
  local key_end = string.sub(text, 1, 2) == '["' and end_of_string(text, 2)
  local lane_end = key_end and string.sub(text, key_end, key_end + 2) == '","' and end_of_string(text, key_end + 2)
  if lane_end then
    local revision, at, value = string.match(string.sub(text, lane_end + 1), '^,(%d+),([%d.]+),(.+)%]$')
    return string.sub(text, key_end + 2, lane_end), tonumber(revision), tonumber(at), value
  end
end

local revision, version = unpack(redis.call('HMGET', META, 'revision', 'version'))
revision, version = tonumber(revision or 0), tonumber(version or 0) + 1
local bytes = 0
local values, expiries, courses = redis.call('HGETALL', VALUE), {}, {}
redis.call('UNLINK', LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, COURSE)
for place = 1, #values, 2 do
  local key = values[place]
  local lane, of, at, value = parts_of(values[place + 1])
  if not value or value == 'null' then
    redis.call('HDEL', VALUE, key)
  else
    redis.call('ZADD', LIVE, of, key)
    redis.call('ZADD', LANE, 0, member_of(lane, of, key))
    redis.call('ZADD', LANES, 'GT', of, lane)
    bytes, revision = bytes + #value, math.max(revision, of)
    local number = number_in(key)
    if number and string.sub(values[place + 1], 2, #lane + 1) == string.sub(lane, 1, -2) .. ':' then
      courses[lane] = math.max(number, courses[lane] or 0)
    end
    expiries[key] = tonumber(redis.call('ZSCORE', EXPIRY, key) or asked.ttl_s and at + asked.ttl_s)
  end
end
redis.call('UNLINK', EXPIRY)
for key, expires_at in pairs(expiries) do
  redis.call('ZADD', EXPIRY, expires_at, key)
end

for lane, newest in pairs(courses) do
  redis.call('HSET', COURSE, lane, string.format('%d:0:0', newest)) -- the next event finds the stride
end

local sent = {}
for _, producer in ipairs(redis.call('HKEYS', SEQ)) do
  sent[producer] = redis.call('ZSCORE', PRODUCER, producer) or version
end
redis.call('UNLINK', PRODUCER)
for producer, at in pairs(sent) do
  redis.call('ZADD', PRODUCER, at, producer)
end

redis.call('HSET', META, 'epoch', asked.epoch, 'revision', revision, 'horizon', revision, 'run', this_run())
redis.call('HSET', META, 'version', version, 'bytes', bytes, 'counts', counts())
redis.call('HSETNX', META, 'changed_at', string.format('%.3f', server_time()))
return 1
