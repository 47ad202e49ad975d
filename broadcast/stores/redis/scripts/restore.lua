#!lua flags=allow-oom
-- Replaces a keyspace with a copy, in a new epoch that continues at the copy's revision.
--
-- An empty copy at revision 0 clears the keyspace, even if the server's memory is full.
-- A producer's seq only grows, so that a message that was applied stays applied.

local META, VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, SEQ, PRODUCER, EXPIRY, COURSE = unpack(KEYS)
local copy = cmsgpack.unpack(ARGV[1])
if copy.must_exist and redis.call('EXISTS', unpack(KEYS)) == 0 then
  return 0
end

redis.call('UNLINK', VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, EXPIRY, COURSE)
local version = redis.call('HINCRBY', META, 'version', 1)
local bytes = 0
for _, entry in ipairs(copy.entries) do
  local key, text, revision, lane, value_bytes, expires_at = unpack(entry)
  redis.call('HSET', VALUE, key, text)
  redis.call('ZADD', LIVE, revision, key)
  redis.call('ZADD', LANE, 0, member_of(lane, revision, key))
  redis.call('ZADD', LANES, 'GT', revision, lane)
  bytes = bytes + value_bytes
  if expires_at then
    redis.call('ZADD', EXPIRY, expires_at, key)
  end
end
for lane, newest in pairs(copy.courses) do
  redis.call('HSET', COURSE, lane, string.format('%d:0:0', newest)) -- the next event finds the stride
end
redis.call('HSET', META, 'epoch', copy.epoch, 'revision', copy.revision, 'horizon', copy.revision, 'run', this_run())
redis.call('HSET', META, 'bytes', bytes, 'dropped', 0)
redis.call('HSET', META, 'changed_at', string.format('%.3f', server_time()), 'changed_by', '')
for producer, seq in pairs(copy.seqs) do
  if seq > tonumber(redis.call('HGET', SEQ, producer) or 0) then
    redis.call('HSET', SEQ, producer, seq)
    redis.call('ZADD', PRODUCER, version, producer)
  end
end
redis.call('HSET', META, 'counts', counts())
return 1
