import type { EnqueueAnswer, NewJob, SettleAnswer, Settlement, Tally } from "@longshore/core/adapter";
import { type Told, JOB_ARGUMENTS, enqueueAnswer, flagsOf, pushJob, whole } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { FINISH } from "./lua/finish.ts";
import { INSERT } from "./lua/insert.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

/**
 * ARGV[2]: 1 to tell what is counted, and what is for `insert`. Then how many settlements, the id and token of each, and of those
 * that do more than complete a job: its place, kind, value, a number n, and n jobs. Answers for each a number of ANSWERS, or
 * what is told of an accepted one; and whether a sleeper was called.
 *
 * Most are of jobs of which nothing is kept, without a unique key or an extra: these are removed together, by their leases alone.
 */
const SETTLE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  INSERT,
  FINISH,
  String.raw`
local counts, answers, ids, size, more = ARGV[2] % 2 == 1, {}, {}, tonumber(ARGV[3]), {}
for n = 1, size do ids[n] = ARGV[2 * n + 2] end
local i = 2 * size + 4
while i <= #ARGV do
  more[tonumber(ARGV[i])] = i + 1
  i = i + 4 + ${JOB_ARGUMENTS} * ARGV[i + 3]
end
local held = {}
for k = 1, size, 4000 do
  local slice = { unpack(ids, k, math.min(k + 3999, size)) }
  local raws = call('HMGET', LEASES, unpack(slice))
  for j = 1, #slice do held[slice[j]] = raws[j] end
end
local plain = call('EXISTS', FAIL, RESULT, WHY) == 0
local gone, ends, kinds = {}, {}, {}
local function flush()
  each('HDEL', LEASES, gone)
  each('HDEL', JOBS, gone)
  for level, es in pairs(ends) do each('ZREM', P..'a:'..level, es) end
  if not plain then
    each('HDEL', FAIL, gone)
    each('HDEL', RESULT, gone)
    each('HDEL', WHY, gone)
  end
  gone, ends, kinds = {}, {}, {}
end
local function followUps(i, amount)
  local told = insert(i, amount)
  if linked then held = {} end -- their leases may say by now that their rows have to be read
  return told
end
local function tell(next, freed, buried, attempt, claimed, since, queue, name)
  if not counts then return format('[%s,%d,%d]', next, freed, buried) end
  return format('[%s,%d,%d,%d,%d,%d,%s,%s]', next, freed, buried, attempt, max(0, claimed - since), max(0, now - claimed), text(queue), text(name))
end
for n = 1, size do
  local id, token, kind, value, amount, i = ids[n], ARGV[2 * n + 3], 'c', '', 0, more[n]
  if i then kind, value, amount = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]) end
  local raw, known = held[id], nil
  if raw and kind == 'c' and S.unpack('<I7', raw) == tonumber(token) then
    local of = sub(raw, 24, 24)..sub(raw, 45)
    known = kinds[of]
    if not known then
      known = { keeps = sub(raw, 45, 50) ~= '\0\0\0\0\0\0' or byte(raw, 24) > 15 }
      local l = readLease(raw)
      known.queue, known.name, known.level = l.queue, l.name, (l.prio % 16)..l.queue
      kinds[of] = known
    end
    if known.keeps then known = nil end
  end
  if known then
    held[id] = nil
    gone[#gone + 1] = id
    local es = ends[known.level]
    if not es then
      es = {}
      ends[known.level] = es
    end
    es[#es + 1] = sub(raw, 25, 31)..id
    local attempt, claimed, since
    if counts then
      local l = readLease(raw)
      attempt, claimed, since = l.attempt, l.claimed, l.since
    end
    local next = '0'
    if amount > 0 then
      flush()
      next = followUps(i + 3, amount)
    end
    answers[n] = (counts or amount > 0) and tell(next, 0, 0, attempt, claimed, since, known.queue, known.name) or '0'
  else
    flush()
    held[id] = nil
    local r = find(id)
    token = tonumber(token)
    if not r then answers[n] = '4'
    elseif r.token ~= token then answers[n] = '3'
    elseif not r.leased then answers[n] = r.by == token and '1' or r.ended == 3 and '2' or '3'
    else
      detach(r)
      local attempt, next, freed, buried = r.attempt, '0', 0, 0
      r.leased, r.by = false, token
      if kind == 's' then
        local ms, reason = string.match(value, '^(%d+) ?(.*)$')
        if reason ~= '' then
          local why = call('HGET', WHY, id)
          local since, was = string.match(why or '', '^(%d+) (.*)$')
          local unable = '"no worker has '
          if not why or (was ~= reason and (sub(was, 1, 15) ~= unable or sub(reason, 1, 15) ~= unable)) then since = int(now) end
          call('HSET', WHY, id, since..' '..reason)
        end
        r.attempt, r.given, r.due = attempt - 1, 1, now + tonumber(ms)
        wait(r)
        letThrough()
      else
        call('HDEL', WHY, id)
        r.given = 0
        local ms, failure
        if kind == 'c' then
          if value ~= '' then call('HSET', RESULT, id, value) end
        else
          ms, failure = string.match(value, '^(%d+) (.*)$')
          rare('failed')(r, failure)
        end
        if kind == 'r' then
          r.due = now + tonumber(ms)
          wait(r)
          letThrough()
        else
          local fates = r.extra and r.extra.n and rare('family').fates
          if fates then fates.freed, fates.buried = 0, 0 end
          finish(r, kind == 'c' and 1 or 2)
          letThrough()
          if fates then freed, buried = fates.freed, fates.buried end
          if amount > 0 then next = followUps(i + 3, amount) end
        end
      end
      plain = false
      answers[n] = (counts or amount > 0 or freed + buried > 0) and tell(next, freed, buried, attempt, r.claimed, r.since, r.queue, r.name) or '0'
    end
  end
end
flush()
if unfinished then rare('family').goOn() end
return '['..int(now)..','..list(answers)..','..(woke and '1' or '0')..']'
`,
);

const ANSWERS = ["accepted", "repeated", "cancelled", "stale", "gone"] as const;

/** `next` is 0 where there was none; the others are only told where they are counted. */
type Accepted = [
  next: 0 | readonly Told[],
  freed: number,
  buried: number,
  attempt: number,
  waitedMs: number,
  ranMs: number,
  queue: string,
  name: string,
];
type Answered = 0 | 1 | 2 | 3 | 4 | Accepted;

export async function settle(
  run: Run,
  settlements: readonly Settlement[],
  tally: Tally | undefined,
  wake: () => void,
): Promise<readonly SettleAnswer[]> {
  const args = [
    flagsOf(
      settlements.flatMap(({ next = [] }) => next),
      tally !== undefined,
    ),
  ];
  args.push(String(settlements.length));
  for (const { id, token } of settlements) args.push(id, String(token));
  settlements.forEach((one, i) => pushMore(args, one, i + 1));
  const [now, answers, woke] = await run<[number, Answered[], 0 | 1]>(SETTLE, args);
  if (woke === 1) wake();
  return answers.map((answer, i): SettleAnswer => {
    if (typeof answer === "number") return ANSWERS[answer];
    const { outcome, next = [] } = settlements[i] as Settlement; // one answer for each
    const [told, freed, buried, attempt, waitedMs, ranMs, queue, name] = answer;
    tally?.settled({ queue, name }, { outcome: outcome.type, attempt, waitedMs, ranMs }, now);
    if (told === 0 && freed === 0 && buried === 0) return "accepted";
    const followUps = told === 0 ? [] : told.map(enqueueAnswer);
    tellCreated(next, followUps, now, tally);
    return { status: "accepted", next: followUps, ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  });
}

export function tellCreated(
  jobs: readonly NewJob[],
  answers: readonly EnqueueAnswer[],
  now: number,
  tally: Tally | undefined,
): void {
  answers.forEach((answer, i) => {
    const job = jobs[i] as NewJob; // one for each
    const isNew = answer.status === "created" || (answer.status === "queued_behind" && answer.id === job.id);
    if (isNew) tally?.enqueued(job, now);
  });
}

/** What a settlement does besides completing its job. */
function pushMore(args: string[], { outcome, next = [] }: Settlement, place: number): void {
  if (outcome.type === "complete" && outcome.result === undefined && next.length === 0) return;
  args.push(String(place));
  switch (outcome.type) {
    case "complete":
      args.push("c", outcome.result === undefined ? "" : JSON.stringify(outcome.result));
      return pushFollowUps(args, next);
    case "snooze":
      args.push(
        "s",
        `${whole(outcome.delayMs)} ${outcome.reason === undefined ? "" : JSON.stringify(outcome.reason)}`,
        "0",
      );
      return;
    case "retry":
      args.push("r", `${whole(outcome.delayMs)} ${JSON.stringify(outcome.failure)}`, "0");
      return;
    case "dead":
      args.push("d", `0 ${JSON.stringify(outcome.failure)}`);
      return pushFollowUps(args, next);
  }
}

function pushFollowUps(args: string[], next: readonly NewJob[]): void {
  args.push(String(next.length));
  for (const job of next) pushJob(args, job);
}
