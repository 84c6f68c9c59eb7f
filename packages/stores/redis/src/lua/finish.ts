/**
 * How a row ends that is detached.
 *
 * - `finish`: one that is cancelled while it runs stays until its lease would have ended, and whoever waits behind it with
 *   its key starts then.
 * - `failed`: adds a failure, and keeps the first and the last nine.
 */
export const FINISH: string = String.raw`
local function finish(r, ended)
  local keep, from = r.keep, now
  if ended == 3 and r.leased then
    from = max(now, r.due)
    keep = max(keep, r.due - now)
  end
  if r.key then keep = max(keep, rare('keys').leave(r, from)) end
  if ended ~= 2 and keep <= 0 then return purge(r.id) end
  r.past, r.ended, r.due, r.stands = true, ended, now, ended == 2 and 5 or 4
  call('ZADD', ended == 2 and DEAD or KEPT, ended == 2 and now or now + keep, r.id)
  call('HINCRBY', ENDED, ended..r.queue, 1)
  call('HSET', JOBS, r.id, pack(r))
end
local function failed(r, failure)
  local all = {}
  for one in string.gmatch(call('HGET', FAIL, r.id) or '', '[^\n]+') do all[#all + 1] = one end
  if #all >= 10 then table.remove(all, 2) end
  all[#all + 1] = format('{"attempt":%d,"at":%d,', r.attempt, now)..sub(failure, 2)
  call('HSET', FAIL, r.id, table.concat(all, '\n'))
end
`;
