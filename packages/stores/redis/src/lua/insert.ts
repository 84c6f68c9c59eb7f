/**
 * `insert(i, n)` enqueues the n jobs from ARGV[i] on, of three arguments each: id, head, body. Returns for each 0, or the
 * state of the row that stands, as JSON; of one with a unique key or an extra, what `insert` of `keys.ts` says. Rows that join a
 * line are written together (`put`), before one of these, and at the end. Numbers are taken for the first new row, so that
 * a call that repeats another writes nothing. ARGV[2] is 2 more where a job comes after others: then a call that names an
 * unknown parent writes nothing. It is 4 more where a job has a `maxDepth`: then the jobs of each queue are counted (`depths`).
 */
export const INSERT: string = String.raw`
local function put(rows, lines)
  each('HSET', JOBS, rows)
  for level, line in pairs(lines) do
    each('RPUSH', P..'l:'..level, line)
    call('HSET', TAIL, level, tails[level])
  end
end
local linked, bounded = ARGV[2] % 4 > 1, tonumber(ARGV[2]) > 3
local function insert(i, n)
  local refused = linked and (rare('family').refusal(i, n) or bounded and rare('depth').refusal(i, n))
  if refused then return '['..string.rep(refused..',', n - 1)..refused..']' end
  local told, lines, rows, heads, fresh = {}, {}, {}, {}, {}
  local seq
  local depths = bounded and {}
  for k = 0, n - 1 do
    local id, head, body = ARGV[i + 3 * k], ARGV[i + 3 * k + 1], ARGV[i + 3 * k + 2]
    local old = fresh[id] or (call('HEXISTS', JOBS, id) == 1 and find(id))
    local h = heads[head]
    if not old and not h then
      local prio, keep, kind, ms, most, queue, name, rest =
        string.match(head, '^(%d) (%d+) (%a) (%d+) (%d*) (%Z*)%z(%Z*)%z?(.*)$')
      h = { prio = tonumber(prio), keep = tonumber(keep), most = tonumber(most), queue = queue, name = name, level = prio..queue }
      h.due = kind == 'a' and tonumber(ms) or now + tonumber(ms)
      h.before = S.pack('BB', 0, h.prio)
      h.behind = S.pack('<I7I6I6'..NAMES, h.due, now, h.keep, #queue, queue, #name, name)
      h.fresh = { due = h.due, attempt = 0, ended = 0, given = 0, stands = 0 }
      heads[head] = h
      if rest == '' then register(h.level) else h.rest = rest end
    end
    local full = depths and not old and not h.rest and rare('depth').enter(depths, h.queue, h.most)
    if old then
      told[k + 1] = '"'..state(old)..'"'
    elseif full then
      told[k + 1] = full
    elseif h.rest then
      put(rows, lines)
      rows, lines, seq = {}, {}, nil
      told[k + 1] = rare('keys').insert(id, h, body, depths)
    else
      seq = seq and seq + 1 or numbers(n - k)
      local level = h.level
      local number = S.pack('>I7', seq)
      local mark = h.due <= now and S.pack('>I7', h.due)..number
      rows[#rows + 1] = id
      if mark and mark >= tail(level) then
        tails[level] = mark
        local line = lines[level]
        if not line then
          line = {}
          lines[level] = line
        end
        line[#line + 1] = number..id
        rows[#rows + 1] = h.before..number..h.behind..body
      else
        local r = { id = id, queue = h.queue, name = h.name, prio = h.prio, keep = h.keep, body = body, seq = seq,
          born = now, due = h.due, attempt = 0, given = 0, ticket = seq }
        stand(r)
        rows[#rows + 1] = pack(r)
      end
      fresh[id] = h.fresh
      told[k + 1] = '0'
    end
  end
  put(rows, lines)
  if linked then rare('family').link(i, n, told) end
  letThrough()
  return list(told)
end
`;
