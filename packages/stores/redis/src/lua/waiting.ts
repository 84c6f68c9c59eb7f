/**
 * How a row comes to wait. Most are due and come after all others of their priority and queue: they join the line. The
 * rest goes to a sorted set, and a claim merges both. Whoever sleeps is called only where the line was empty, or a delay
 * became the first: otherwise somebody knows already.
 *
 * - `tail`: the last of a line, its due time and number, as they sort.
 * - `stand`: returns a row's entry if it joins the line, under a new number if an entry of an earlier time may still be there;
 *   otherwise it is in a sorted set now.
 * - `register`: keeps, of each queue, the priorities that it ever had, in order.
 * - `wait`: for a row that waits, or waits again. `through`: its limit's key has let it. An ordered row that had
 *   its `turn` keeps it.
 * - `patience`: the time within which a row's first attempt must begin counts from now, or from when it is due.
 */
export const WAITING: string = String.raw`
local tails = {}
local function tail(level)
  local last = tails[level]
  if not last then
    last = ''
    if call('LLEN', P..'l:'..level) > tonumber(call('HGET', VOID, level) or '0') then last = call('HGET', TAIL, level) end
    if last == '' then wake() end
    tails[level] = last
  end
  return last
end
local function stand(r)
  local level = r.prio..r.queue
  if r.due <= now then
    local mark = S.pack('>I7I7', r.due, r.seq)
    if mark >= tail(level) then
      tails[level], r.stands = mark, 0
      if r.past then r.ticket = numbers(1) end
      return entry(r.ticket, r.id)
    end
  end
  r.stands = r.attempt > 0 and r.given == 0 and 2 or 1
  local key = P..SETS[r.stands]..level
  local first = call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  if not first or r.due < tonumber(first) then wake() end
  call('ZADD', key, r.due, entry(r.seq, r.id))
end
local function register(level)
  local prio, queue = sub(level, 1, 1), sub(level, 2)
  local known = call('HGET', P..'levels', queue) or ''
  if string.find(known, prio, 1, true) then return end
  local all = {}
  for digit in string.gmatch(known..prio, '%d') do all[#all + 1] = digit end
  table.sort(all)
  call('HSET', P..'levels', queue, table.concat(all)..(string.match(known, 'p') or ''))
end
local function patience(r)
  local extra = r.extra
  if extra and extra.within then extra.by = max(r.due, now) + extra.within end
end
local function wait(r, through)
  local limits = r.extra and r.extra.limits
  if r.turn then call('HSET', P..'ready', limits.key, r.id)
  elseif limits and limits.key and r.due <= now and not through then return rare('lanes').park(r) end
  r.past, r.leased = true, false
  local level, e = r.prio..r.queue, stand(r)
  if e then
    call('RPUSH', P..'l:'..level, e)
    call('HSET', TAIL, level, tails[level])
  end
  call('HSET', JOBS, r.id, pack(r))
end
`;
