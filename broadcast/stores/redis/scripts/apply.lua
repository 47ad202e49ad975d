#!lua
-- Applies one tick to one keyspace, atomically.
--
--   read -> keys of courses -> coalesce (duplicates, last value of each key) -> number -> write -> thin and evict
--   -> delete the oldest -> store seqs
--
-- Everything that could fail happens before the first write, because Redis has no rollback. The keys are described
-- in broadcast/stores/redis/keys.py, the argument and the answer in broadcast/stores/redis/apply.py.

local META, VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, SEQ, PRODUCER, EXPIRY, COURSE = unpack(KEYS)
local tick = cmsgpack.unpack(ARGV[1])
if is_damaged() then
  return { 'damaged' }
end

-- Lua's stack holds about 8,000 values, so long lists are split into slices, of an even length for pairs.
local SLICE = 4000

local function send(command, key, list)
  for first = 1, #list, SLICE do
    redis.call(command, key, unpack(list, first, math.min(first + SLICE - 1, #list)))
  end
end

local function fetch(command, key, names)
  local found = {}
  for first = 1, #names, SLICE do
    local part = redis.call(command, key, unpack(names, first, math.min(first + SLICE - 1, #names)))
    for place, value in ipairs(part) do
      found[names[first + place - 1]] = value
    end
  end
  return found
end

local function whole(number)
  return string.format('%d', number) -- tostring would make 1e+15 of it
end

-- An entry's text begins with two JSON strings, its key and its lane: ["gbt","",12,…
local function end_of_string(text, at)
  while true do
    at = string.find(text, '["\\]', at + 1)
    if string.sub(text, at, at) == '"' then
      return at
    end
    at = at + 1
  end
end

local function names_in(text)
  if not text then
    return '""', '""'
  end
  local key_end = end_of_string(text, 2)
  local lane_end = end_of_string(text, key_end + 2)
  return string.sub(text, 2, key_end), string.sub(text, key_end + 2, lane_end)
end

-- … and after them come its revision, its time and its value.
local function value_bytes(text)
  if not text then
    return 0
  end
  local lane_end = end_of_string(text, end_of_string(text, 2) + 2)
  local revision_end = string.find(text, ',', lane_end + 2, true)
  return #text - string.find(text, ',', revision_end + 1, true) - 1
end

local function parts_of(member, lane)
  return tonumber(string.sub(member, #lane + 1, #lane + 16)), string.sub(member, #lane + 18)
end

-- read

local epoch, revision, horizon, version, run, dropped =
  unpack(redis.call('HMGET', META, 'epoch', 'revision', 'horizon', 'version', 'run', 'dropped'))
epoch, revision, horizon, version = epoch or '', tonumber(revision or 0), tonumber(horizon or 0), tonumber(version or 0)
dropped = tonumber(dropped or 0)
if tick.expected and tick.expected ~= epoch .. ':' .. whole(version) then
  return { 'conflict' }
end
if tick.head and tick.head ~= epoch_here(epoch, run) .. ':' .. whole(revision) then
  return { 'moved' }
end

local now = server_time()
local at = string.format('%.3f', now)

local producers = {}
for producer in pairs(tick.seqs) do
  producers[#producers + 1] = producer
end
local known = fetch('HMGET', SEQ, producers)

local function is_repeat(producer, seq)
  return seq > 0 and seq <= tonumber(known[producer] or 0)
end

-- The entries of a course are numbered; see broadcast/stores/thinning.py. With the keys of their numbers, its writes are
-- like any others.

local courses, numbers = {}, {} -- by lane; and each write's number or false

if tick.thins then
  for index, write in ipairs(tick.writes) do
    numbers[index] = false
    if not write[1] and not is_repeat(write[5], write[6]) then
      local lane = write[3]
      local course = courses[lane]
      if not course then
        local newest, stride, raised_by = string.match(redis.call('HGET', COURSE, lane) or '-1:1:0', '(.+):(.+):(.+)')
        course = { newest = tonumber(newest), before = math.max(1, tonumber(stride)), raised_by = raised_by }
        courses[lane] = course
      end
      course.newest = course.newest + 1
      numbers[index] = course.newest
    end
  end
  for _, course in pairs(courses) do
    course.stride = course.before
    while math.ceil(course.newest / course.stride) >= tick.per_lane do
      course.stride = course.stride * 2
    end
  end
  for index, write in ipairs(tick.writes) do
    if numbers[index] then
      local lane = write[3]
      local stride = courses[lane].stride
      numbers[index] = math.ceil(numbers[index] / stride) * stride
      local ending = ':' .. whole(numbers[index])
      write[1], write[2] = write[2] .. ending, string.sub(lane, 1, -2) .. ending .. '"'
    end
  end
end

local expired = redis.call('ZRANGE', EXPIRY, '-inf', now, 'BYSCORE', 'LIMIT', 0, tick.max_swept)

local last_write, looked_up, changed_by = {}, {}, ''
for _, key in ipairs(expired) do
  looked_up[#looked_up + 1] = key
end
for index, write in ipairs(tick.writes) do
  local key, producer = write[1], write[5]
  if not is_repeat(producer, write[6]) then
    changed_by = producer
    if key then
      last_write[key] = index
      looked_up[#looked_up + 1] = key
    end
  end
end
local revision_of = fetch('ZMSCORE', LIVE, looked_up)
local text_of = fetch('HMGET', VALUE, looked_up)
for key, is_there in pairs(revision_of) do
  if is_there and not text_of[key] then
    return { 'damaged' }
  end
end

-- fold

local changes = {} -- each: key or false, its JSON text, the lane's, the value or false, index of the write or false

local function remove(key, index)
  if revision_of[key] then
    local key_text, lane = names_in(text_of[key])
    changes[#changes + 1] = { key, key_text, lane, false, index }
  end
end

for _, key in ipairs(expired) do
  if not last_write[key] then
    remove(key, false)
  end
end
for index, write in ipairs(tick.writes) do
  local key, value = write[1], write[4]
  if not is_repeat(write[5], write[6]) and (not key or last_write[key] == index) then
    if value then
      changes[#changes + 1] = { key, write[2], write[3], value, index }
    else
      remove(key, index)
    end
  end
end

local newer = {}
for producer, seq in pairs(tick.seqs) do
  if not is_repeat(producer, seq) then
    newer[producer] = seq
  end
end
local before = revision
epoch = epoch_here(epoch, run)
if #changes == 0 and not next(newer) then
  return { 'applied', cmsgpack.pack({ epoch, before, before, false, at, {}, numbers, dropped }), '{}', '{}' }
end

-- Nothing was written so far. From here on, nothing may fail.

local is_first = epoch == '' and #changes > 0
if is_first then
  epoch = tick.epoch
  redis.call('UNLINK', VALUE, LIVE, REMOVED, LANE, LANES, FLOOR, RAISED, EXPIRY, COURSE)
end
version = version + 1

-- A process that does not know an event type has no bounds for it. If the entries have lanes, it keeps them up to
-- date nevertheless; otherwise the removal of an entry that a lane still names would lose its text with the lane.
local has_lanes = tick.per_lane or redis.call('EXISTS', LANE) == 1

-- number and write

local members, lanes, touched = {}, {}, {}
local values, live, dead, removals, restored = {}, {}, {}, {}, {}
local expiries, unexpiring, old_members = {}, {}, {}
local bytes = 0 -- by how many the values have grown
local results = {} -- each change as its write's index, or the whole text of a removal

for _, change in ipairs(changes) do
  revision = revision + 1
  local key, key_text, lane, value, index = unpack(change)
  local number = whole(revision)
  local is_new = not key
  if is_new then
    key, key_text = number, '"' .. number .. '"'
  end
  local text = '[' .. key_text .. ',' .. lane .. ',' .. number .. ',' .. at .. ',' .. (value or 'null') .. ']'
  values[#values + 1] = key
  values[#values + 1] = text
  bytes = bytes + #(value or '') - (not is_new and revision_of[key] and value_bytes(text_of[key]) or 0)
  if has_lanes and not is_new and revision_of[key] then
    local _, old_lane = names_in(text_of[key])
    old_members[#old_members + 1] = member_of(old_lane, tonumber(revision_of[key]), key)
    touched[old_lane] = true
  end
  if value then
    results[#results + 1] = index
    live[#live + 1] = revision
    live[#live + 1] = key
    if not is_new then
      restored[#restored + 1] = key
    end
    if tick.ttl_s then
      expiries[#expiries + 1] = now + tick.ttl_s
      expiries[#expiries + 1] = key
    elseif not is_new then
      unexpiring[#unexpiring + 1] = key
    end
    if has_lanes then
      members[#members + 1] = 0
      members[#members + 1] = member_of(lane, revision, key)
      lanes[lane] = revision
      touched[lane] = true
    end
  else
    results[#results + 1] = text
    dead[#dead + 1] = key
    removals[#removals + 1] = revision
    removals[#removals + 1] = key
    unexpiring[#unexpiring + 1] = key
  end
end

send('HSET', VALUE, values)
send('ZREM', LIVE, dead)
send('ZADD', LIVE, live)
send('ZREM', REMOVED, restored)
send('ZADD', REMOVED, removals)
send('ZREM', EXPIRY, unexpiring)
send('ZADD', EXPIRY, expiries)
send('ZREM', LANE, old_members)
send('ZADD', LANE, members)
for lane, newest in pairs(lanes) do
  redis.call('ZADD', LANES, newest, lane)
end

-- evict

local floors, evicted = {}, 0

local function drop(keys)
  evicted = evicted + #keys
  for _, text in pairs(fetch('HMGET', VALUE, keys)) do
    bytes = bytes - value_bytes(text)
  end
  send('ZREM', LIVE, keys)
  send('HDEL', VALUE, keys)
  send('ZREM', EXPIRY, keys)
end

-- Drops the `count` lowest of a lane (-1: all) and returns the last one's revision.
local function drop_of_lane(lane, count)
  local gone = redis.call('ZRANGE', LANE, '[' .. lane, '(' .. lane .. ':', 'BYLEX', 'LIMIT', 0, count)
  local keys, last = {}, 0
  for place, member in ipairs(gone) do
    last, keys[place] = parts_of(member, lane)
  end
  drop(keys)
  send('ZREM', LANE, gone)
  return last
end

local function drop_between(lane, stride)
  local keys, gone = {}, {}
  for _, member in ipairs(redis.call('ZRANGE', LANE, '[' .. lane, '(' .. lane .. ':', 'BYLEX')) do
    local _, key = parts_of(member, lane)
    local number = number_in(key)
    if not number or number % stride ~= 0 then
      keys[#keys + 1], gone[#gone + 1] = key, member
    end
  end
  drop(keys)
  send('ZREM', LANE, gone)
end

for lane, course in pairs(courses) do
  if course.stride > course.before then
    course.raised_by = whole(revision)
    drop_between(lane, course.stride)
  end
  redis.call('HSET', COURSE, lane, whole(course.newest) .. ':' .. whole(course.stride) .. ':' .. course.raised_by)
end

for lane in pairs(touched) do
  local count = redis.call('ZLEXCOUNT', LANE, '[' .. lane, '(' .. lane .. ':')
  if count == 0 then
    redis.call('ZREM', LANES, lane)
    if tick.thins then -- the lane begins again with number 0, so nothing older may stay
      floors[lane] = revision
      redis.call('HDEL', COURSE, lane)
    end
  elseif tick.per_lane and count > tick.per_lane then
    floors[lane] = drop_of_lane(lane, count - tick.per_lane)
  end
end

local extra_lanes = tick.max_lanes and redis.call('ZCARD', LANES) - tick.max_lanes or 0
if extra_lanes > 0 then
  dropped = dropped + extra_lanes
  local oldest = redis.call('ZRANGE', LANES, 0, extra_lanes - 1, 'WITHSCORES')
  for place = 1, #oldest, 2 do
    drop_of_lane(oldest[place], -1)
    floors[oldest[place]] = tonumber(oldest[place + 1])
    redis.call('ZREM', LANES, oldest[place])
    redis.call('HDEL', COURSE, oldest[place])
  end
end

local extra_keys = tick.max_keys and redis.call('ZCARD', LIVE) - tick.max_keys or 0
if extra_keys > 0 then
  dropped = dropped + extra_keys
  local oldest = redis.call('ZRANGE', LIVE, 0, extra_keys - 1, 'WITHSCORES')
  local keys, gone = {}, {}
  for place = 1, #oldest, 2 do
    keys[#keys + 1] = oldest[place]
    floors['""'] = tonumber(oldest[place + 1])
  end
  if has_lanes then
    for key, text in pairs(fetch('HMGET', VALUE, keys)) do
      local _, lane = names_in(text)
      gone[#gone + 1] = member_of(lane, tonumber(redis.call('ZSCORE', LIVE, key)), key)
    end
    send('ZREM', LANE, gone)
  end
  drop(keys)
end

local floor_texts, stride_texts = {}, {}
for lane, course in pairs(courses) do
  if course.stride > course.before and redis.call('HEXISTS', COURSE, lane) == 1 then
    stride_texts[#stride_texts + 1] = lane .. ':' .. whole(course.stride)
  end
end
for lane, floor in pairs(floors) do
  redis.call('HSET', FLOOR, lane, floor)
  redis.call('ZADD', RAISED, revision, lane)
  floor_texts[#floor_texts + 1] = lane .. ':' .. whole(floor)
end

-- delete the oldest removals and floors; a reader with a cursor before the horizon must start over

local extra_removals = redis.call('ZCARD', REMOVED) - tick.max_removals
if extra_removals > 0 then
  local oldest = redis.call('ZRANGE', REMOVED, 0, extra_removals - 1)
  horizon = math.max(horizon, tonumber(redis.call('ZSCORE', REMOVED, oldest[#oldest])))
  send('HDEL', VALUE, oldest)
  send('ZREM', REMOVED, oldest)
end

local extra_floors = redis.call('ZCARD', RAISED) - tick.max_removals
if extra_floors > 0 then
  local last = redis.call('ZRANGE', RAISED, extra_floors - 1, extra_floors - 1, 'WITHSCORES')[2]
  local gone = redis.call('ZRANGE', RAISED, '-inf', last, 'BYSCORE')
  horizon = math.max(horizon, tonumber(last))
  send('HDEL', FLOOR, gone)
  send('ZREM', RAISED, gone)
end

-- store seqs

for producer, seq in pairs(newer) do
  redis.call('HSET', SEQ, producer, seq)
  redis.call('ZADD', PRODUCER, version, producer)
end
local extra_producers = redis.call('ZCARD', PRODUCER) - tick.max_producers
if extra_producers > 0 then
  local oldest = redis.call('ZRANGE', PRODUCER, 0, extra_producers - 1)
  send('HDEL', SEQ, oldest)
  send('ZREM', PRODUCER, oldest)
end
redis.call('HSET', META, 'epoch', epoch, 'revision', revision, 'horizon', horizon, 'version', version, 'run', this_run())
redis.call('HSET', META, 'dropped', dropped, 'counts', counts())
if #changes > 0 then
  redis.call('HSET', META, 'changed_at', at, 'changed_by', changed_by)
  redis.call('HINCRBY', META, 'evicted', evicted)
  redis.call('HINCRBY', META, 'bytes', bytes)
end

return {
  'applied',
  cmsgpack.pack({ epoch, before, revision, is_first, at, results, numbers, dropped }),
  '{' .. table.concat(floor_texts, ',') .. '}',
  '{' .. table.concat(stride_texts, ',') .. '}',
}
