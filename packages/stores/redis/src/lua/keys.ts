import { EXTRA_VERSION, KEYED_VERSION, ORDERED_VERSION } from "./begin.ts";

/**
 * Unique keys, and rows that have one or an extra. See `rare`.
 *
 * - `holder`: the row that holds a key. One that has ended holds it until its time is over.
 * - `leave`: a detached row gives its key up. Whoever waits behind it has it, and may start, not before an instant. If
 *   nobody does, it may go on holding it: returns for how long.
 * - `take`: whether a replayed row has its key again; no, if another one has it.
 * - `insert`: enqueues a job, as `decideByKey` of the core says if it has a key. Returns 0, `[state or status, id]` of the
 *   job that stands, or that its queue is full, as JSON.
 */
export const KEYS: string = String.raw`
  local function at(places, key)
    local id = call('HGET', places, key)
    local r = id and find(id)
    if r and r.key == key then return r end
  end
  local function holder(key)
    local r = at(HOLDERS, key)
    if r and (r.ended == 0 or r.held > now) then return r end
  end
  local function heldUntil(lasts) return lasts > 0 and now + lasts or 0 end
  local function leave(r, from)
    if r.stands ~= 6 and call('HGET', HOLDERS, r.key) == r.id then
      local next = at(BEHIND, r.key)
      if next then
        detach(next)
        call('HDEL', BEHIND, r.key)
        call('HSET', HOLDERS, r.key, next.id)
        if from > now then next.starts = from end
        next.due = max(next.due, from)
        patience(next)
        wait(next)
        return 0
      end
      if r.held > now then return r.held - now end
    end
    drop(r)
    return 0
  end
  local function take(r)
    local other = holder(r.key)
    if other and other.id ~= r.id then return false end
    call('HSET', HOLDERS, r.key, r.id)
    r.began, r.held = now, heldUntil(r.lasts)
    return true
  end
  local function fill(r, id, h, body)
    raise(h.extra and '${EXTRA_VERSION}' or '${KEYED_VERSION}')
    r.turn, r.queue, r.name, r.prio, r.keep, r.body = nil, h.queue, h.name, h.prio, h.keep, body
    r.due, r.born, r.attempt, r.given, r.from, r.lasts = h.due, now, 0, 0, id, h.lasts
    local n = r.extra and r.extra.n
    r.extra = h.extra and cjson.decode(h.extra) or n and {}
    if n then r.extra.n = n end
    if h.wait then r.due = math.min(r.due, r.began + h.wait) end
    r.due = max(r.due, r.starts or 0)
    patience(r)
    register(h.level)
    local limits = r.extra and r.extra.limits
    if limits and limits.ordered then raise('${ORDERED_VERSION}') end
    if limits and limits.places then
      local levels = call('HGET', P..'levels', r.queue)
      if not string.find(levels, 'p') then call('HSET', P..'levels', r.queue, levels..'p') end
    end
    if r.extra and r.extra.after then r.stands, r.extra.n = 8, r.seq end
    if r.stands == 6 or r.stands == 8 then block(r, r.stands) else wait(r) end
  end
  local function create(places, id, h, body, depths)
    local full = depths and rare('depth').enter(depths, h.queue, h.most)
    if full then return full end
    local seq = numbers(1)
    local r = { id = id, past = true, stands = places == BEHIND and 6 or 0, seq = seq, ticket = seq, token = 0, by = 0, ended = 0 }
    if h.key then
      call('HSET', places, h.key, id)
      r.key, r.began, r.starts, r.held, r.tail = h.key, now, 0, heldUntil(h.lasts), #h.tail
      body = body..h.tail
    end
    fill(r, id, h, body)
    return places == BEHIND and '["queued_behind",'..text(id)..']' or '0'
  end
  local function insert(id, h, body, depths)
    if not h.read then
      local extra, unique = string.match(h.rest, '^({%Z*)%z?(.*)$')
      local on, lasts, most, key, tail = string.match(unique or h.rest, '^(%a) (%d+) (%d*) (%Z*)%z(.*)$')
      h.read, h.extra = true, extra
      h.on, h.lasts, h.wait, h.key, h.tail = on, tonumber(lasts), on == 'd' and tonumber(most), key, tail
    end
    local first = h.key and holder(h.key)
    if not first then return create(HOLDERS, id, h, body, depths) end
    if first.ended > 0 or h.on == 'k' or (first.leased and first.from == id) then
      return '["'..state(first)..'",'..text(first.id)..']'
    end
    local second = at(BEHIND, h.key)
    if first.leased and not second then return create(BEHIND, id, h, body, depths) end
    local r = second or first
    if r.from ~= id then
      detach(r)
      call('HDEL', WHY, r.id)
      if depths then depths[r.queue], depths[h.queue] = nil, nil end
      fill(r, id, h, body..sub(r.body, -r.tail))
    end
    return (second and '["queued_behind",' or '["replaced",')..text(r.id)..']'
  end
  return { holder = holder, leave = leave, take = take, insert = insert }
`;
