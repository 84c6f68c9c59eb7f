/**
 * Limits by key. See `rare`.
 *
 * - `ready`, a hash: key → id of the job that may start; an ordered one goes on standing there while it waits again.
 * `tats`, a sorted set: key → the TAT of its rate (`rate.ts` of the
 *   core). `r:`, a set for each key: the ids of those that run. `k:`, a sorted set for each: those that wait behind it, in
 *   the order of their bytes: priority, due time, number, id.
 * - `p:`, a sorted set for each queue: number and id of its leased jobs that have a number for the queue, by their tokens.
 *
 * - `park`: a due row waits behind its key. `leave`: a row that is detached neither runs nor may start any more;
 *   `turn` says of an ordered one that it did or might.
 * - `mayStart`, `start`: whether a row's key lets it start now, and that it does, under a token.
 * - `letThrough`, at the end of every step: of all keys that have changed, the first job is due from now on, or when its
 *   rate lets it start, if there is room and no other may start. Returns whether there was one.
 */
export const LANES: string = String.raw`
  local READY, TATS = P..'ready', P..'tats'
  local changed, order = {}, {}
  local function change(key)
    if not changed[key] then order[#order + 1] = key end
    changed[key] = true
  end
  local function turn(r) return S.pack('>BI7I7', r.prio, r.due, r.seq)..r.id end
  local function unready(key, id)
    return call('HGET', READY, key) == id and call('HDEL', READY, key)
  end
  local function hasRoom(limits)
    return not limits.running or call('SCARD', P..'r:'..limits.key) < limits.running
  end
  local function opensAt(limits)
    local tat = limits.every and tonumber(call('ZSCORE', TATS, limits.key) or nil)
    if not tat or tat > now + (limits.burst + 1) * limits.every then return now, now end
    return tat - (limits.burst - 1) * limits.every, max(tat, now)
  end
  local function park(r)
    local key = r.extra.limits.key
    unready(key, r.id)
    call('ZADD', P..'k:'..key, 0, turn(r))
    block(r, 7)
    change(key)
  end
  local function leave(r)
    local key, places = r.extra.limits.key, r.extra.limits.places
    if places and r.stands == 3 then
      call('ZREM', P..'p:'..r.queue, places..' '..r.id)
      wake()
    end
    if not key then return end
    local first = r.stands == 3
    if first then call('SREM', P..'r:'..key, r.id)
    elseif r.stands == 7 then call('ZREM', P..'k:'..key, turn(r))
    else first = unready(key, r.id) end
    r.turn = first and r.extra.limits.ordered
    change(key)
  end
  local function at(key, id)
    local r = id and find(id)
    return r and r.extra and r.extra.limits and r.extra.limits.key == key and r
  end
  local function ready(key)
    local r = at(key, call('HGET', READY, key))
    return r and r.stands < 3 and r
  end
  local function mayStart(r)
    local limits = r.extra.limits
    local first = limits.ordered and ready(limits.key)
    return not limits.key or hasRoom(limits) and opensAt(limits) <= now and (not first or first.id == r.id)
  end
  local function start(r, token)
    local limits, key = r.extra.limits, r.extra.limits.key
    if limits.places then call('ZADD', P..'p:'..r.queue, int(token), limits.places..' '..r.id) end
    if not key then return end
    unready(key, r.id)
    call('SADD', P..'r:'..key, r.id)
    if limits.every and not r.leased then
      local _, tat = opensAt(limits)
      for _, over in ipairs(call('ZRANGEBYSCORE', TATS, '-inf', now, 'LIMIT', 0, 10)) do call('ZREM', TATS, over) end
      call('ZADD', TATS, format('%.17g', tat + limits.every), key)
    end
    change(key)
  end
  local function letOneThrough(key)
    if ready(key) then return false end
    local first = call('ZRANGE', P..'k:'..key, 0, 0)[1]
    local r = at(key, first and sub(first, 16))
    if not r or r.stands ~= 7 or not hasRoom(r.extra.limits) then return false end
    call('ZREM', P..'k:'..key, first)
    call('HINCRBY', ENDED, '4'..r.queue, -1)
    call('HSET', READY, key, r.id)
    r.due, r.seq = max(now, math.ceil((opensAt(r.extra.limits)))), numbers(1)
    wait(r, true)
    return true
  end
  local function letThrough()
    local all, any = order, false
    changed, order = {}, {}
    for _, key in ipairs(all) do any = letOneThrough(key) or any end
    return any
  end
  return { park = park, leave = leave, mayStart = mayStart, start = start, letThrough = letThrough }
`;
