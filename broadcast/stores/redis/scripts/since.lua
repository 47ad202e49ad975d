#!lua flags=no-writes
-- Reads one page of what a keyspace has after a cursor, by ascending revision.
--
-- A page after the first continues at the last revision read, as a reader with that cursor would: what
-- changed in between has a greater revision and comes later. If the difference is unknown, the
-- page is the first of a reading from the beginning. See broadcast/stores/redis/read.py.

local META, VALUE, LIVE, REMOVED, _, _, FLOOR, RAISED, _, _, _, COURSE = unpack(KEYS)
local asked = cmsgpack.unpack(ARGV[1])
if is_damaged() then
  return { 'damaged' }
end
local SLICE = 100 -- values fetched before their bytes are counted

local epoch, revision, horizon, run, dropped =
  unpack(redis.call('HMGET', META, 'epoch', 'revision', 'horizon', 'run', 'dropped'))
epoch, revision, horizon = epoch_here(epoch, run), tonumber(revision or 0), tonumber(horizon or 0)
dropped = tonumber(dropped or 0)

local can_tell = asked.epoch == epoch and horizon <= asked.removed_after and asked.removed_after <= revision
if can_tell and asked.after == revision then -- the reader has everything
  return { 'page', cmsgpack.pack({ epoch, revision, revision, false, true, dropped }), '{}', '[]', '{}' }
end
local after = can_tell and asked.after or 0
local removed_after = can_tell and asked.removed_after or revision -- read from the beginning, no removal is news

local live = redis.call('ZRANGE', LIVE, '(' .. after, '+inf', 'BYSCORE', 'LIMIT', 0, asked.max_entries, 'WITHSCORES')
local removed =
  redis.call('ZRANGE', REMOVED, '(' .. removed_after, '+inf', 'BYSCORE', 'LIMIT', 0, asked.max_entries, 'WITHSCORES')

local keys, revisions = {}, {}
local in_live, in_removed = 1, 1
while #keys < asked.max_entries and (live[in_live] or removed[in_removed]) do
  local live_revision = tonumber(live[in_live + 1] or math.huge)
  local removed_revision = tonumber(removed[in_removed + 1] or math.huge)
  if live_revision < removed_revision then
    keys[#keys + 1], revisions[#revisions + 1] = live[in_live], live_revision
    in_live = in_live + 2
  else
    keys[#keys + 1], revisions[#revisions + 1] = removed[in_removed], removed_revision
    in_removed = in_removed + 2
  end
end

local texts, bytes = {}, 0
while #texts < #keys and bytes < asked.max_bytes do
  local first = #texts + 1
  local part = redis.call('HMGET', VALUE, unpack(keys, first, math.min(first + SLICE - 1, #keys)))
  for _, text in ipairs(part) do
    if not text then
      return { 'damaged' }
    end
    texts[#texts + 1] = text
    bytes = bytes + #text
  end
end
-- Fewer than asked for were found, and all of them are here: nothing is left.
local is_last = #keys < asked.max_entries and #texts == #keys

local floors, strides = {}, {}
if can_tell then
  local courses = redis.call('HGETALL', COURSE)
  for place = 1, #courses, 2 do
    local stride, raised_by = string.match(courses[place + 1], ':(.+):(.+)')
    if tonumber(raised_by) > asked.floors_after then
      strides[#strides + 1] = courses[place] .. ':' .. stride
    end
  end
  for _, lane in ipairs(redis.call('ZRANGE', RAISED, '(' .. asked.floors_after, '+inf', 'BYSCORE')) do
    floors[#floors + 1] = lane .. ':' .. redis.call('HGET', FLOOR, lane)
  end
end

return {
  'page',
  cmsgpack.pack({ epoch, revision, is_last and revision or revisions[#texts], not can_tell, is_last, dropped }),
  '{' .. table.concat(floors, ',') .. '}',
  '[' .. table.concat(texts, ',') .. ']',
  '{' .. table.concat(strides, ',') .. '}',
}
