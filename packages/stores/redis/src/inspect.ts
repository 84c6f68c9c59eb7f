import type { JobRef, JobState, QueueCounts, QueueDepth, StoredJob } from "@longshore/core/adapter";
import { type Shown, storedJob } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { DEPTH_OF, FIRST_DUE } from "./lua/depth.ts";
import { PAUSED } from "./lua/paused.ts";
import { ROWS } from "./lua/rows.ts";
import { SHOWN } from "./lua/shown.ts";
import { type Run, script } from "./script.ts";

/** How many rows one script reads at most. */
const AT_ONCE = 1_000;
/** An answer ends before the row that would make it longer than this, and the rest is asked for again. */
const MOST_BYTES = 4_000_000;
/** How many rows past their retention one run of `counts` removes before it counts. */
const MOST_EXPIRED = 1_000;

/** Ids. Answers for each its row or 0, perhaps not for all. */
const GET = script(
  BEGIN,
  ROWS,
  SHOWN,
  String.raw`
local answers, bytes = {}, 0
for i = 2, #ARGV do
  local r = find(ARGV[i])
  local one = r and shown(r) or '0'
  bytes = bytes + #one
  if bytes > ${MOST_BYTES} and i > 2 then break end
  answers[i - 1] = one
end
return list(answers)
`,
);

export async function get(run: Run, refs: readonly JobRef[]): Promise<readonly (StoredJob | undefined)[]> {
  const jobs: (StoredJob | undefined)[] = [];
  while (jobs.length < refs.length) {
    const rows = await run<(Shown | 0)[]>(
      GET,
      refs.slice(jobs.length, jobs.length + AT_ONCE).map(({ id }) => id),
    );
    for (const row of rows) jobs.push(row === 0 ? undefined : storedJob(row));
  }
  return jobs;
}

/**
 * Counts without looking at rows. Answers 0 if there was too much to remove first. A queue without jobs, and with no entry of
 * one that was removed in its lists, is forgotten: the names of queues may have no end.
 */
const COUNTS = script(
  BEGIN,
  ROWS,
  PAUSED,
  String.raw`
if expire(${MOST_EXPIRED}) == ${MOST_EXPIRED} then return '0' end
local queues, order = {}, {}
local function add(queue, state, n)
  local counted = queues[queue]
  if not counted then
    counted = {}
    queues[queue] = counted
    order[#order + 1] = queue
  end
  if n > 0 then counted[state] = (counted[state] or 0) + n end
end
local function forget(queue, digits)
  for digit in string.gmatch(digits, '%d') do
    if call('EXISTS', P..'l:'..digit..queue) == 1 then return end
  end
  for digit in string.gmatch(digits, '%d') do
    call('HDEL', TAIL, digit..queue)
    call('HDEL', VOID, digit..queue)
  end
  for state in pairs(STATES) do call('HDEL', ENDED, state..queue) end
  call('HDEL', P..'levels', queue)
end
local levels = call('HGETALL', P..'levels')
for k = 1, #levels, 2 do
  local queue = levels[k]
  for digit in string.gmatch(levels[k + 1], '%d') do
    local level = digit..queue
    add(queue, 'enqueued', call('LLEN', P..'l:'..level) - tonumber(call('HGET', VOID, level) or '0'))
    for i, names in ipairs({ { 'enqueued', 'delayed' }, { 'enqueued', 'failed' }, { 'stalled', 'active' } }) do
      add(queue, names[1], call('ZCOUNT', P..SETS[i]..level, '-inf', now))
      add(queue, names[2], call('ZCOUNT', P..SETS[i]..level, '('..now, '+inf'))
    end
  end
end
local ended = call('HGETALL', ENDED)
for k = 1, #ended, 2 do add(sub(ended[k], 2), STATES[tonumber(sub(ended[k], 1, 1))], tonumber(ended[k + 1])) end
for _, queue in ipairs(call('SMEMBERS', P..'paused')) do add(queue, '', 0) end
local answers = {}
for _, queue in ipairs(order) do
  local each = {}
  for state, n in pairs(queues[queue]) do each[#each + 1] = format('"%s":%d', state, n) end
  local paused = pauseEnd(queue) > 0
  if paused or #each > 0 then
    answers[#answers + 1] = '['..text(queue)..','..(paused and '1' or '0')..',{'..table.concat(each, ',')..'}]'
  else forget(queue, call('HGET', P..'levels', queue) or '') end
end
return list(answers)
`,
);

type Counted = [queue: string, paused: 0 | 1, counts: Partial<Record<JobState, number>>];

export async function counts(run: Run): Promise<readonly QueueCounts[]> {
  for (;;) {
    const rows = await run<Counted[] | 0>(COUNTS, []);
    if (rows !== 0) return rows.map(([queue, paused, counted]) => ({ queue, paused: paused === 1, counts: counted }));
  }
}

/** A queue. Answers how many of its jobs have not ended, and for how long the first of those that are due has waited. */
const DEPTH = script(
  BEGIN,
  ROWS,
  DEPTH_OF,
  FIRST_DUE,
  String.raw`
local first = firstDue(call('HGET', P..'levels', ARGV[2]) or '', ARGV[2])
return '['..int(depthOf(ARGV[2]))..','..int(max(0, now - first))..']'
`,
);

export async function depth(run: Run, queue: string): Promise<QueueDepth> {
  const [jobs, waitedMs] = await run<[number, number]>(DEPTH, [queue]);
  return { jobs, waitedMs };
}
