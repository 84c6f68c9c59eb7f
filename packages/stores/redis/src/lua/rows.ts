/**
 * The rows, and what else is known of a job:
 *
 * - `jobs`, a hash: id → row, which is a head (the last part of it only for jobs that have a past), queue, name, and the
 *   rest as the text of a JSON list without its brackets.
 * - `leases`, a hash: id → lease, for what runs. A claim writes it instead of the row, and a job of which nothing is kept
 *   ends without that its row is read.
 * - `l:`, a list for each priority and queue: what is due, in order. An entry is a number and the id; where the row is
 *   not in the line under this number, the entry is void, and `void` counts those.
 * - `d:`, `f:`, `a:`, sorted sets by time: delayed, failed, running (by the lease's end).
 * - `kept` and `dead`, sorted sets: completed and cancelled by the end of their retention (if children need them there is
 *   none), dead by their end; `ended`
 *   counts them, and those that are blocked, by state and queue. `why`, `fail`, `result`: hashes by id.
 * - `holders` and `behind`, hashes: unique key → id of the job that holds it, and of the one that waits behind that.
 *
 * `stands` is where a row is: 0 line, 1 delayed, 2 failed, 3 leased, 4 kept, 5 dead, 6 blocked, 7 blocked behind the
 * key of its limit, 8 blocked until its parents have ended. `ended`: 0 no, 1 completed,
 * 2 dead, 3 cancelled. `by`: the token that settled last. `given`: 1 if that gave it back. `ticket`: its number in the line.
 *
 * Only a row with a unique key has `key`, `from` (the id of the enqueue whose data it has), `began` (when the first of
 * these came), `held` (until when it has the key, even if it has ended), `lasts` (for how long, if it is replayed),
 * `starts` (not before; the lease's end of a cancelled job behind which it waited) and `tail` (the length of the end of
 * its body, which a replacement keeps).
 * A row whose job has a feature that few have carries an `extra`, a table: `within` and `by`, the time to begin and when it
 * is over; `limits`; what `family.ts` says. A lease says by 16 in `prio` that there is a key or an extra: then its row
 * has to be read.
 *
 * - `expire`: returns how many of those that are past their retention it removed.
 * - `drop`: a row gives up its unique key, or its place behind who holds it.
 * - `find`: a row and its lease, as one.
 * - `inLine`: the row that an entry of a line stands for; nil if the entry is void.
 */
export const ROWS: string = String.raw`
local JOBS, LEASES, KEPT, DEAD, VOID, TAIL = P..'jobs', P..'leases', P..'kept', P..'dead', P..'void', P..'tail'
local ENDED, WHY, FAIL, RESULT, HOLDERS, BEHIND = P..'ended', P..'why', P..'fail', P..'result', P..'holders', P..'behind'
local HEAD, PAST, NAMES, LEASE = '<BB>I7<I7I6I6', 'I4I7I7I7BB', 'Bc0Bc0', '<I7I4I6I6B>I7<I7I6I6Bc0Bc0'
local KEYED, EXTRA = '<I7I7I7I7I2I2c0I2c0', '<I4c0'
local function pack(r)
  local sp = r.stands * 16 + r.prio
  if not r.past then
    return S.pack(HEAD..NAMES, 0, sp, r.seq, r.due, r.born, r.keep, #r.queue, r.queue, #r.name, r.name)..r.body
  end
  local keyed = r.key and S.pack(KEYED, r.held, r.began, r.starts, r.lasts, r.tail, #r.key, r.key, #r.from, r.from) or ''
  if r.extra then
    local extra = cmsgpack.pack(r.extra)
    keyed = keyed..S.pack(EXTRA, #extra, extra)
  end
  return S.pack(HEAD..PAST..NAMES, 1 + (r.key and 1 or 0) + (r.extra and 2 or 0), sp, r.seq, r.due, r.born, r.keep, r.attempt, r.token, r.by, r.ticket,
    r.ended, r.given, #r.queue, r.queue, #r.name, r.name)..keyed..r.body
end
local function read(id, raw)
  local r, kind, sp, at = { id = id }
  if byte(raw) == 0 then
    kind, sp, r.seq, r.due, r.born, r.keep, r.queue, r.name, at = S.unpack(HEAD..NAMES, raw)
    r.attempt, r.token, r.by, r.ended, r.given, r.ticket = 0, 0, 0, 0, 0, r.seq
  else
    kind, sp, r.seq, r.due, r.born, r.keep, r.attempt, r.token, r.by, r.ticket, r.ended, r.given, r.queue, r.name, at =
      S.unpack(HEAD..PAST..NAMES, raw)
    r.past = true
    if kind % 2 == 0 then r.held, r.began, r.starts, r.lasts, r.tail, r.key, r.from, at = S.unpack(KEYED, raw, at) end
    if kind > 2 then
      local extra
      extra, at = S.unpack(EXTRA, raw, at)
      r.extra = cmsgpack.unpack(extra)
    end
  end
  r.stands, r.prio, r.body = floor(sp / 16), sp % 16, sub(raw, at)
  return r
end
local function packLease(l)
  return S.pack(LEASE, l.token, l.attempt, l.till, l.claimed, l.prio, l.seq, l.since, l.born, l.keep, #l.queue, l.queue,
    #l.name, l.name)
end
local function readLease(raw)
  local l = {}
  l.token, l.attempt, l.till, l.claimed, l.prio, l.seq, l.since, l.born, l.keep, l.queue, l.name = S.unpack(LEASE, raw)
  return l
end
local function entry(seq, id) return S.pack('>I7', seq)..id end
local function purge(r)
  call('HDEL', JOBS, r.id)
  call('HDEL', FAIL, r.id)
  call('HDEL', RESULT, r.id)
  call('HDEL', WHY, r.id)
  local n = r.extra and r.extra.n
  if not n then return end
  for _, hash in ipairs({ 'open', 'needed', 'held' }) do call('HDEL', P..hash, int(n)) end
  local kids = P..'kids:'..int(n)
  if not unfinished then call('DEL', kids)
  elseif call('EXISTS', kids) == 1 then call('RPUSH', P..'unfinished', cmsgpack.pack({ n = n })) end
  for _, parent in ipairs(r.extra.ns or {}) do call('ZREM', P..'kids:'..int(parent), r.id) end
end
local SETS = { 'd:', 'f:', 'a:' }
local left, rare = {}
local function detach(r)
  local level, stands = r.prio..r.queue, r.stands
  if r.extra and r.extra.limits and (stands < 4 or stands == 7) then rare('lanes').leave(r) end
  call('HDEL', LEASES, r.id)
  if stands == 0 then
    left[level] = call('HINCRBY', VOID, level, 1)
  elseif stands < 4 then
    call('ZREM', P..SETS[stands]..level, entry(r.seq, r.id))
  elseif stands > 5 then
    call('HINCRBY', ENDED, '4'..r.queue, -1)
  else
    call('ZREM', stands == 4 and KEPT or DEAD, r.id)
    call('HINCRBY', ENDED, r.ended..r.queue, -1)
  end
end
local function drop(r)
  local places = r.stands == 6 and BEHIND or HOLDERS
  if call('HGET', places, r.key) == r.id then call('HDEL', places, r.key) end
end
local function forget(r)
  detach(r)
  if r.key then drop(r) end
  purge(r)
end
local function expire(most)
  local over = call('ZRANGEBYSCORE', KEPT, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(over) do forget(read(id, call('HGET', JOBS, id))) end
  return #over
end
expire(100)
local function find(id)
  local raw = call('HGET', JOBS, id)
  if not raw then return nil end
  local r = read(id, raw)
  if r.stands == 4 then
    if tonumber(call('ZSCORE', KEPT, id)) <= now then
      forget(r)
      return nil
    end
    return r
  end
  local l = call('HGET', LEASES, id)
  if l then
    l = readLease(l)
    r.past, r.leased, r.stands, r.attempt, r.token, r.due = true, true, 3, l.attempt, l.token, l.till
    r.claimed, r.since = l.claimed, l.since
  end
  return r
end
local function inLine(level, e)
  local id = sub(e, 8)
  local raw = call('HGET', JOBS, id)
  local r = raw and read(id, raw)
  if r and r.stands == 0 and r.prio..r.queue == level and entry(r.ticket, id) == e then return r end
end
local STATES = { 'completed', 'dead', 'cancelled', 'blocked' }
local function state(r)
  if r.ended > 0 then return STATES[r.ended] end
  if r.stands > 5 then return 'blocked' end
  if r.leased then return r.due > now and 'active' or 'stalled' end
  if r.due <= now then return 'enqueued' end
  return r.attempt > 0 and r.given == 0 and 'failed' or 'delayed'
end
`;
