import { type ClaimRequest, type ClaimedJob, expiredJob } from "@longshore/core/adapter";
import { type Body, bodyOf, whole } from "./job.ts";
import { BEGIN, EXTRA_VERSION } from "./lua/begin.ts";
import { ADMIT } from "./lua/admit.ts";
import { PAUSED } from "./lua/paused.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";

/** A claim ends before the job that would make its answer longer than this, in bytes of rows. */
const MOST_BYTES = 4_000_000;
/** How many void entries one run of the script removes. */
const MOST_VOID = 10_000;

/**
 * Leases due jobs: `leaseMs`, the ms that count as a level of priority or nothing, then queue and limit by turns. Answers for each queue the jobs, the first token, and the ids;
 * and whether it stopped early, because it removed so many void entries, or ends are unfinished. The answer is joined
 * once, at its end.
 *
 * Where only the line has jobs, they are taken in chunks, and a job without a past gets its lease by copying the head of
 * its row. Rows with a past, and those from a sorted set, are read (`hand`). Where sorted sets have some, these and the line
 * are merged job by job.
 *
 * By age, the heads of all priorities are compared for each job.
 *
 * Where rows may have an extra, `admit.ts` decides whether a row starts, and what waited for that is claimed in another round.
 */
const CLAIM = script(
  BEGIN,
  ROWS,
  String.raw`
local queue, limit, n, most, runs, parked, late, met, stopped, beginRound, admit, endRound
if version >= '${EXTRA_VERSION}' then ${ADMIT} end
local out, room, voids = { '[0' }, ${MOST_BYTES}, 0
local lease, age = tonumber(ARGV[2]), tonumber(ARGV[3])
local till = now + lease
local tillText = int(till)
local token, given
local first = S.pack('<I4I6I6', 1, till, now)
local q, rest = 4, nil
while q <= #ARGV do
  queue, limit, n, late = ARGV[q], rest or tonumber(ARGV[q + 1]), 0, nil
  local ids, from = {}, nil
  out[#out + 1] = ',[['
  local paused = call('SISMEMBER', P..'paused', queue) == 1
  if paused then
    ${PAUSED}
    paused = pauseEnd(queue) > 0
  end
  local digits = paused and '' or call('HGET', P..'levels', queue) or ''
  most = limit
  if admit then beginRound(digits) end
  local levels = {}
  for digit in string.gmatch(digits, '%d') do
    local prio, level = tonumber(digit), digit..queue
    local line, leased = P..'l:'..level, P..'a:'..level
    local leases, tills, tolds = {}, {}, {}
    local told = string.char(prio)
    local function take(id, lease, e, before, body)
      n, token = n + 1, token + 1
      if lease then
        local m = #tills
        leases[m + 1], leases[m + 2] = id, lease
        tills[m + 1], tills[m + 2] = tillText, e
      end
      ids[n] = id
      local o = #out
      out[o + 1], out[o + 2], out[o + 3] = n > 1 and '],[' or '[', before, body
      room = room - #body
    end
    local function hand(r)
      local flags = r.leased and 1 or 0
      if r.extra then
        local more = admit(r, token)
        if not more then return end
        flags = flags + more
      end
      local l = { token = token, attempt = r.attempt + 1, till = till, claimed = now, prio = prio, seq = r.seq,
        since = r.due, born = r.born, keep = r.keep, queue = queue, name = r.name }
      if r.key or r.extra then l.prio = prio + 16 end
      local why = call('HGET', WHY, r.id)
      if why then
        local since, reason = string.match(why, '^(%d+) (.*)$')
        why = '['..reason..','..int(max(0, now - since))..']'
      end
      take(r.id, flags ~= 2 and packLease(l), entry(r.seq, r.id), format('%d,%d,%d,%d,%d,%s,%s,', l.attempt, flags,
        max(0, now - r.born), max(0, now - r.due), prio, text(r.name), why or '0'), r.body)
    end
    local function save()
      each('HSET', LEASES, leases)
      each('ZADD', leased, tills)
    end
    if age then levels[#levels + 1] = { prio = prio, level = level, line = line, hand = hand, save = save } end
    local step, head = 8, 29 + #queue
    while not age and n < most and not stopped do
      local early, want = {}, math.min(step, most - n)
      for _, set in ipairs(SETS) do
        local key = P..set..level
        local due = call('ZRANGEBYSCORE', key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, want)
        for k = 1, #due, 2 do early[#early + 1] = { due = tonumber(due[k + 1]), e = due[k], key = key } end
      end
      if not token then
        token = nextNumber()
        given = token
      end
      from = from or token
      if #early == 0 then
        local es = call('LPOP', line, want)
        if not es or #es == 0 then break end
        local all, roomBefore = {}, room
        for k = 1, #es do all[k] = sub(es[k], 8) end
        local rows = call('HMGET', JOBS, unpack(all))
        local void = 0
        for k = 1, #es do
          local raw, id, e = rows[k], all[k], es[k]
          if n >= most or stopped or (raw and room < #raw and n > 0) then
            for j = #es, k, -1 do call('LPUSH', line, es[j]) end
            stopped = stopped or n < most
            break
          end
          local plain = raw and byte(raw) == 0
          if plain and byte(raw, 2) == prio and sub(raw, 3, 9) == sub(e, 1, 7) then
            local behind = head + 1 + byte(raw, head + 1)
            local times = sub(raw, 10, behind)
            local before = tolds[times]
            if not before then
              local due, born = S.unpack('<I7I6', times)
              before = format('1,0,%d,%d,%d,%s,0,', max(0, now - born), max(0, now - due), prio, text(sub(raw, head + 2, behind)))
              tolds[times] = before
            end
            take(id, S.pack('<I7', token)..first..sub(raw, 2, behind), e, before, sub(raw, behind + 1))
          else
            local r = raw and not plain and read(id, raw)
            if r and r.stands == 0 and r.prio == prio and entry(r.ticket, id) == e then hand(r) else void = void + 1 end
          end
        end
        if void > 0 then call('HINCRBY', VOID, level, -void) end
        voids = voids + void
        step = max(1, math.min(512, floor(room / (1 + (roomBefore - room) / #es))))
      else
        table.sort(early, function(a, b)
          if a.due ~= b.due then return a.due < b.due end
          return sub(a.e, 1, 7) < sub(b.e, 1, 7)
        end)
        local k = 1
        -- Behind so many, a set may have others.
        while n < most and k <= math.min(want, #early) and not stopped do
          local next, ahead = early[k], call('LINDEX', line, 0)
          local r
          if ahead then
            r = inLine(level, ahead)
            if not r then
              call('LPOP', line)
              call('HINCRBY', VOID, level, -1)
              voids, next = voids + 1, nil
            elseif r.due < next.due or (r.due == next.due and r.seq < S.unpack('>I7', next.e)) then
              next = nil
            else
              r = nil
            end
          end
          r = r or (next and find(sub(next.e, 8)))
          if r and room < #r.body and n > 0 then
            stopped = true
          elseif next then
            call('ZREM', next.key, next.e)
            k = k + 1
            if r then hand(r) end
          elseif r then
            call('LPOP', line)
            hand(r)
          end
          if voids > ${MOST_VOID} then stopped = true end
        end
      end
      if voids > ${MOST_VOID} then stopped = true end
    end
    if not age then save() end
  end
  local function look(l)
    local first
    for _, set in ipairs(SETS) do
      local key = P..set..l.level
      local found = call('ZRANGEBYSCORE', key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 1)
      local due = tonumber(found[2])
      if due and (not first or due < first.due or (due == first.due and sub(found[1], 1, 7) < sub(first.e, 1, 7))) then
        first = { due = due, e = found[1], key = key }
      end
    end
    while not stopped do
      local ahead = call('LINDEX', l.line, 0)
      local r = ahead and inLine(l.level, ahead)
      if r and (not first or r.due < first.due or (r.due == first.due and r.seq < S.unpack('>I7', first.e))) then
        first = { due = r.due, r = r }
      end
      if r or not ahead then break end
      call('LPOP', l.line)
      call('HINCRBY', VOID, l.level, -1)
      voids = voids + 1
      if voids > ${MOST_VOID} then stopped = true end
    end
    l.first, l.turn = first, first and first.due + l.prio * age
  end
  for _, l in ipairs(levels) do look(l) end
  while age and n < most and not stopped do
    local next
    for _, l in ipairs(levels) do
      if l.first and (not next or l.turn < next.turn) then next = l end
    end
    if not next then break end
    if not token then
      token = nextNumber()
      given = token
    end
    from = from or token
    local first = next.first
    local r = first.r or find(sub(first.e, 8))
    if r and room < #r.body and n > 0 then
      stopped = true
    else
      if first.key then call('ZREM', first.key, first.e) else call('LPOP', next.line) end
      if r then next.hand(r) end
      look(next)
    end
  end
  for _, l in ipairs(levels) do l.save() end
  local again = false
  if met then
    if token ~= given then call('SET', P..'last', int(token - 1)) end
    token, given = nil, nil
    again = endRound()
  end
  out[#out + 1] = n == 0 and ']]' or ']],'..int(from)..','..cjson.encode(ids)..','..int((q - 4) / 2)..']'
  rest = again and not stopped and n < limit and limit - n or nil
  if not rest then q = q + 2 end
end
if token ~= given then call('SET', P..'last', int(token - 1)) end
out[#out + 1] = (stopped or unfinished) and ',1]' or ',0]'
return table.concat(out)
`,
);

/** An expired job has no lease. */
const [STALLED, EXPIRED, LIMITED] = [1, 2, 4];
type Handed = [
  attempt: number,
  flags: number,
  ageMs: number,
  waitedMs: number,
  priority: number,
  name: string,
  snoozed: 0 | [reason: string, forMs: number],
  ...body: Body,
];
type Group = [jobs: readonly Handed[], token?: number, ids?: readonly string[], queue?: number];
/** 0, a group for each round of a queue, and 1 if it stopped early. */
type Claimed = readonly (Group | 0 | 1)[];

export async function claim(
  run: Run,
  { queues, leaseMs, priorityAgeMs }: ClaimRequest,
): Promise<readonly ClaimedJob[]> {
  const args = [
    String(whole(leaseMs)),
    String(priorityAgeMs),
    ...queues.flatMap(({ name, limit }) => [name, String(limit)]),
  ];
  for (;;) {
    const answer = await run<Claimed>(CLAIM, args);
    const jobs = answer.flatMap((group) => {
      if (typeof group === "number") return [];
      const [handed, token = 0, ids = [], place = 0] = group;
      const queue = queues[place]?.name ?? "";
      return handed.map((one, k) => claimedJob(ids[k] ?? "", queue, token + k, one));
    });
    // With nothing in hand the caller would take the queues for empty.
    if (answer.at(-1) !== 1 || jobs.length > 0) return jobs;
  }
}

function claimedJob(id: string, queue: string, token: number, handed: Handed): ClaimedJob {
  const [attempt, flags, ageMs, waitedMs, priority, name, snoozed, ...body] = handed;
  const data = { id, name, queue, ...bodyOf(body), priority };
  if ((flags & EXPIRED) > 0) return expiredJob(data, { ageMs, waitedMs });
  const job = {
    ...data,
    token,
    attempt,
    stalled: (flags & STALLED) > 0,
    ageMs,
    waitedMs,
    ...((flags & LIMITED) > 0 && { limited: true as const }),
  };
  return snoozed === 0 ? job : { ...job, snoozed: { reason: snoozed[0], forMs: snoozed[1] } };
}
