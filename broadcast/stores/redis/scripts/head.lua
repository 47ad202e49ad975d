#!lua flags=no-writes
-- Reads how far a keyspace has got.

if is_damaged() then
  return { 'damaged' }
end
local epoch, revision, run = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'run'))
return { epoch_here(epoch, run), tonumber(revision or 0) }
