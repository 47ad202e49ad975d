-- What every script begins with: under which name a keyspace's history goes on here.
--
-- A server that was started again may have loaded an older copy, and a replica that took over may lack the newest
-- changes. Under the old name a browser could take the lost revisions for those that follow. So a history that was
-- last written elsewhere goes by another epoch, the same to all who ask here, before anything is written.

local here

local function this_run()
  if not here then
    -- The second changes with every change of roles, also where a primary is made one again without a restart.
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

