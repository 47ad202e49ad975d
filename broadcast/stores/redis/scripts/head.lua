#!lua flags=no-writes
-- Reads the head of a keyspace.

if is_damaged() then
  return { 'damaged' }
end
local epoch, revision, run = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'run'))
return { epoch_here(epoch, run), tonumber(revision or 0) }
