/**
 * `finish(r, ended)` ends a row that is detached. One that is cancelled while it runs stays until its lease would have ended,
 * and whoever waits for it, with its key or as its child, starts then. A parent stays until no child needs it.
 */
export const FINISH: string = String.raw`
local function finish(r, ended)
  local keep, from = r.keep, now
  if ended == 3 and r.leased then
    from = max(now, r.due)
    keep = max(keep, r.due - now)
  end
  if r.key then keep = max(keep, rare('keys').leave(r, from)) end
  local n = r.extra and r.extra.n
  local needed = n and rare('family').ended(r, ended, from) and ended ~= 2
  if ended ~= 2 and keep <= 0 and not needed then return purge(r) end
  if needed then call('HSET', P..'held', int(n), int(now + keep)) end
  r.past, r.ended, r.due, r.stands = true, ended, now, ended == 2 and 5 or 4
  call('ZADD', ended == 2 and DEAD or KEPT, ended == 2 and now or needed and '+inf' or int(now + keep), r.id)
  call('HINCRBY', ENDED, ended..r.queue, 1)
  call('HSET', JOBS, r.id, pack(r))
end
`;

/** `rare('failed')(r, failure)` adds a failure, and keeps the first and the last nine. */
export const FAILED: string = String.raw`
  return function(r, failure)
    local all = {}
    for one in string.gmatch(call('HGET', FAIL, r.id) or '', '[^\n]+') do all[#all + 1] = one end
    if #all >= 10 then table.remove(all, 2) end
    all[#all + 1] = format('{"attempt":%d,"at":%d,', r.attempt, now)..sub(failure, 2)
    call('HSET', FAIL, r.id, table.concat(all, '\n'))
  end
`;
