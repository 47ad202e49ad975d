-- The beginning of every script: the epoch of a keyspace's history on this server, and whether it is complete.
--
-- A restarted server may have loaded an older copy, and a replica that took over may lack the newest changes. With
-- the old epoch, a browser could mistake later revisions for the lost ones. Therefore a history that was last written
-- elsewhere has another epoch here, the same for all clients, even before the next write.

local here

local function this_run()
  if not here then
    -- The second changes with every change of roles, also if a replica becomes a primary again without a restart.
    local facts = redis.call('INFO', 'server', 'replication')
    local run, replication = string.match(facts, 'run_id:(%x+)'), string.match(facts, 'master_replid:(%x+)')
    here = (run or '') .. ':' .. (replication or '')
  end
  return here
end

local function epoch_here(epoch, run)
  if not epoch or epoch == '' then
    return ''
  end
  return run == this_run() and epoch or string.sub(redis.sha1hex(epoch .. this_run()), 1, 10)
end

-- Returns the time in seconds since 1970, with milliseconds.
local function server_time()
  local time = redis.call('TIME')
  return tonumber(time[1]) + math.floor(time[2] / 1000) / 1000
end

-- The entries of a lane are adjacent and in order: its JSON text, sixteen digits of the revision, the key.
local function member_of(lane, revision, key)
  return string.format('%s%016d:%s', lane, revision, key)
end

-- The number of a course's entry is the end of its key.
local function number_in(key)
  local digits = string.match(key, ':(%d+)$')
  return digits and #digits <= 15 and tonumber(digits)
end

-- How much each of the other eleven keys holds. Each write stores it, so that a reader notices a dropped key.
local function counts()
  local found = {}
  for place, command in ipairs({
    'HLEN', 'ZCARD', 'ZCARD', 'ZCARD', 'ZCARD', 'HLEN', 'ZCARD', 'HLEN', 'ZCARD', 'ZCARD', 'HLEN',
  }) do
    found[place] = redis.call(command, KEYS[place + 1])
  end
  return table.concat(found, ':')
end

local function is_damaged()
  local noted = redis.call('HGET', KEYS[1], 'counts')
  if noted then
    return noted ~= counts()
  end
  return redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', unpack(KEYS, 2)) > 0
end
