import { buriedWith } from "@longshore/core/adapter";

/** How many jobs may come after one. */
const MOST_CHILDREN = 10_000;
/** How many children one script frees, buries or revives; with ten parents each, half as many. */
const AT_ONCE = 1_000;

const says = (how: "dead" | "cancelled" | "removed"): string => JSON.stringify(buriedWith("%s", how, 0, 0).message);

/**
 * Jobs that come after others. See `rare`. A job with a family has a number for life, `n` in its extra, because its id may be
 * of another job later. A child's extra has the ids and numbers of its parents (`ids`, `ns`), whether it is dead with them
 * (`dead`) and with which of them it is (`buried`).
 *
 * - `open`, a hash: the number of a child that stands → how many of its parents have not ended. `needed`, a hash: that of a
 *   parent → how many of its children have not. `held`, a hash: that of a parent which has ended and is needed → until when
 *   it is kept for itself. `kids:`, a sorted set for each parent: its children by their numbers.
 *
 * - `unfinished`, a list of turns, which are what became of a parent (`how`: 1 to 3 as it ended, 4 it was removed, 0 it begins
 *   again) and of which children this has to be told yet: those with a number behind `after` and up to `upto`. Without a `how`,
 *   the set of the children goes. While there is one, later ones wait behind it, so that each child hears all in their order;
 *   the version of the keys says so, in which older code would forget them.
 *
 * - `refusal`: what is told of a call that names a parent which does not exist, or has too many children; nil if there is none.
 * - `link`: links the jobs that a call has created with their parents, and lets them start, wait or be dead.
 * - `ended`: a detached row has ended (4: it is removed), for its parents and its children. Returns whether these need it.
 * - `revive`: a row begins again, and so do those that were dead with it.
 * - `goOn`: tells children what they have to be told yet, as many as a script may.
 * - `fates`: how many rows were freed and buried.
 */
export const FAMILY: string = String.raw`
  local OPEN, NEEDED, HELD = P..'open', P..'needed', P..'held'
  local SAYS = { [2] = ${says("dead")}, [3] = ${says("cancelled")}, [4] = ${says("removed")} }
  local fates, spare, UNFINISHED = { freed = 0, buried = 0 }, ${AT_ONCE}, P..'unfinished'
  local function kids(n) return P..'kids:'..int(n) end
  local function member(id, n)
    local r = find(id)
    if r and r.extra and r.extra.n == n then return r end
  end
  local function hold(r, n)
    if r.stands ~= 4 then return end
    if call('HSETNX', HELD, int(n), call('ZSCORE', KEPT, r.id)) == 1 then call('ZADD', KEPT, '+inf', r.id) end
  end
  local function letGo(id, n)
    local till = tonumber(call('HGET', HELD, int(n)) or nil)
    if not till then return end
    call('HDEL', HELD, int(n))
    if till > now then call('ZADD', KEPT, int(till), id) else forget(member(id, n)) end
  end
  local function count(r, by)
    for i, n in ipairs(r.extra.ns or {}) do
      if call('HEXISTS', NEEDED, int(n)) == 1 then
        local left = call('HINCRBY', NEEDED, int(n), by)
        if by > 0 then hold(member(r.extra.ids[i], n), n) elseif left == 0 then letGo(r.extra.ids[i], n) end
      end
    end
  end
  local function free(r, from)
    detach(r)
    r.due = max(r.due, from)
    patience(r)
    wait(r)
  end
  local function bury(r, parent, how)
    rare('failed')(r, '{"message":'..text(format(SAYS[how], parent.id))..'}')
    detach(r)
    r.extra.buried = parent.n
    r.ended, r.due, r.stands = 2, now, 5
    call('ZADD', DEAD, now, r.id)
    call('HINCRBY', ENDED, '2'..r.queue, 1)
    call('HSET', JOBS, r.id, pack(r))
    fates.buried = fates.buried + 1
    count(r, -1)
  end
  local function failedParent(r)
    for i, n in ipairs(r.extra.ns) do
      local parent = member(r.extra.ids[i], n)
      if parent and (parent.ended == 2 or parent.ended == 3) then return parent end
    end
  end
  local function isOpen(r) return tonumber(call('HGET', OPEN, int(r.extra.n)) or '0') > 0 end
  local function beginAgain(r)
    local extra = r.extra or {}
    detach(r)
    call('HDEL', WHY, r.id)
    r.attempt, r.born, r.ended, r.given, r.due, extra.buried = 0, now, 0, 0, now, nil
    patience(r)
    if extra.n then call('HDEL', HELD, int(extra.n)) end
    if extra.ns and isOpen(r) then block(r, 8) else wait(r) end
    if extra.n then count(r, 1) end
  end
  local function turnOf(r, how, from) return { n = r.extra.n, id = r.id, how = how, from = from, after = 0, upto = '+inf' } end
  local function endForChild(t, id, more)
    local open = call('HEXISTS', OPEN, int(t.after)) == 1 and call('HINCRBY', OPEN, int(t.after), -1)
    local r = open and (open == 0 or t.how > 1) and member(id, t.after)
    if not r or r.stands ~= 8 then return end
    if t.how > 1 and r.extra.dead then
      bury(r, t, t.how)
      spare = spare - floor(#r.extra.ns / 10)
      more[#more + 1] = turnOf(r, 2, t.from)
    elseif open == 0 then
      fates.freed = fates.freed + 1
      free(r, t.from)
    end
  end
  local function beginForChild(t, id, more)
    if call('HEXISTS', OPEN, int(t.after)) == 1 then call('HINCRBY', OPEN, int(t.after), 1) end
    local r = member(id, t.after)
    if not r or r.ended ~= 2 or r.extra.buried ~= t.n then return end
    local other = failedParent(r)
    if other then
      r.extra.buried = other.extra.n
      call('HSET', JOBS, r.id, pack(r))
    else
      beginAgain(r)
      more[#more + 1] = turnOf(r, 0)
    end
  end
  local function goOnWith(t, more)
    if not t.how then return call('DEL', kids(t.n)) end
    local most = spare
    local all = call('ZRANGEBYSCORE', kids(t.n), '('..int(t.after), t.upto, 'WITHSCORES', 'LIMIT', 0, most)
    for k = 1, #all, 2 do
      if spare <= 0 then return false end
      spare, t.after = spare - 1, tonumber(all[k + 1])
      if t.how > 0 then endForChild(t, all[k], more) else beginForChild(t, all[k], more) end
    end
    return #all < 2 * most
  end
  local function leave(turns, i)
    for k = i, #turns do
      local t = turns[k]
      if call('EXISTS', kids(t.n)) == 1 then
        if t.upto == '+inf' then t.upto = call('GET', P..'last') end
        call('RPUSH', UNFINISHED, cmsgpack.pack(t))
        if not unfinished then setVersion(version, true) end
        wake()
      end
    end
  end
  local function turn(first)
    local turns, i = { first }, 1
    while turns[i] and not unfinished and spare > 0 and goOnWith(turns[i], turns) do i = i + 1 end
    leave(turns, i)
  end
  local function goOn()
    while spare > 0 do
      local raw = call('LPOP', UNFINISHED)
      if not raw then
        setVersion(sub(version, 1, 1), false)
        break
      end
      local t, more = cmsgpack.unpack(raw), {}
      if not goOnWith(t, more) then call('LPUSH', UNFINISHED, cmsgpack.pack(t)) end
      spare = spare - 1
      leave(more, 1)
    end
    if unfinished then wake() end
    if made.lanes then made.lanes.letThrough() end
  end
  local function ended(r, how, from)
    count(r, -1)
    turn(turnOf(r, how, from))
    return tonumber(call('HGET', NEEDED, int(r.extra.n)) or '0') > 0
  end
  local function revive(r)
    beginAgain(r)
    if r.extra and r.extra.n then turn(turnOf(r, 0)) end
  end
  local function numbered(r)
    if r.extra and r.extra.n then return r.extra.n end
    local lease = r.leased and call('HGET', LEASES, r.id)
    if lease then
      local l = readLease(lease)
      l.prio = l.prio % 16 + 16
      call('HSET', LEASES, r.id, packLease(l))
      r = read(r.id, call('HGET', JOBS, r.id))
    end
    r.past, r.extra = true, r.extra or {}
    r.extra.n = numbers(1)
    call('HSET', JOBS, r.id, pack(r))
    return r.extra.n
  end
  local function linkOne(r, standing)
    local ids, ns, known, open = {}, {}, {}, 0
    for _, id in ipairs(r.extra.after) do
      local parent = find(id) or (standing[id] and find(standing[id]))
      if parent and not known[parent.id] then
        known[parent.id] = true
        local n = numbered(parent)
        ids[#ids + 1], ns[#ns + 1] = parent.id, n
        call('ZADD', kids(n), int(r.extra.n), r.id)
        call('HINCRBY', NEEDED, int(n), 1)
        if parent.ended == 0 then open = open + 1 else hold(parent, n) end
      end
    end
    r = find(r.id)
    r.extra.after, r.extra.ids, r.extra.ns = nil, ids, ns
    call('HSET', OPEN, int(r.extra.n), open)
    call('HSET', JOBS, r.id, pack(r))
  end
  local function unlinked(id)
    local r = find(id)
    return r and r.extra and r.extra.after and r
  end
  local function link(i, n, told)
    local standing, made = {}, {}
    for k = 0, n - 1 do
      local id, answer = ARGV[i + 3 * k], told[k + 1]
      if sub(answer, 1, 1) == '[' then standing[id] = cjson.decode(answer)[2] end
      if answer == '0' and unlinked(id) then made[#made + 1] = id end
    end
    for _, id in ipairs(made) do linkOne(unlinked(id), standing) end
    for _, id in ipairs(made) do
      local r = find(id)
      local parent = r.stands == 8 and r.extra.dead and failedParent(r)
      if parent then
        bury(r, { id = parent.id, n = parent.extra.n }, parent.ended)
        turn(turnOf(r, 2, now))
      elseif r.stands == 8 and not isOpen(r) then
        free(r, r.due)
      end
    end
  end
  local function refusal(i, n)
    local ids = {}
    for k = 0, n - 1 do ids[ARGV[i + 3 * k]] = true end
    for k = 0, n - 1 do
      local id = ARGV[i + 3 * k]
      local extra = string.match(ARGV[i + 3 * k + 1], '^%Z*%z%Z*%z({%Z*)')
      local after = extra and not find(id) and cjson.decode(extra).after
      for _, parent in ipairs(after or {}) do
        local r = find(parent)
        if not r and not ids[parent] then return '["unknown",'..text(id)..','..text(parent)..']' end
        if r and r.extra and r.extra.n and call('ZCARD', kids(r.extra.n)) >= ${MOST_CHILDREN} then
          return '["many",'..text(parent)..']'
        end
      end
    end
  end
  return { fates = fates, refusal = refusal, link = link, ended = ended, revive = revive, goOn = goOn }
`;
