#!lua
-- Empties a keyspace and begins a new epoch; producers' seqs stay, so that what was sent stays sent.

local META, VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, _, _, EXPIRY = unpack(KEYS)
if redis.call('EXISTS', META) == 0 then
  return 0
end
local asked = cmsgpack.unpack(ARGV[1])
local now = asked.now
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + math.floor(time[2] / 1000) / 1000
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
redis.call('UNLINK', VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, EXPIRY)
redis.call('HSET', META, 'epoch', asked.epoch, 'revision', 0, 'horizon', 0, 'run', run)
redis.call('HSET', META, 'changed_at', string.format('%.3f', now), 'changed_by', '')
redis.call('HINCRBY', META, 'version', 1)
return 1
