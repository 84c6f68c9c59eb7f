import {
  type Advance,
  type AdvanceAnswer,
  type ScheduleListRequest,
  type SchedulePage,
  type ScheduleRef,
  type ScheduleRow,
  type StoredSchedule,
  type Tally,
  schedulePage,
  schedulesAfter,
} from "@longshore/core/adapter";
import { type Told, JOB_ARGUMENTS, enqueueAnswer, flagsOf, pushJob } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { INSERT } from "./lua/insert.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";
import { tellCreated } from "./settle.ts";

/** The keys of schedules, in two hashes: `cursor`, and `next` for those that fire again. */
const DECLARE = script(
  BEGIN,
  String.raw`
local answers = {}
for i = 2, #ARGV do
  call('HSETNX', P..'cursor', ARGV[i], int(now))
  answers[i - 1] = '['..call('HGET', P..'cursor', ARGV[i])..','..(call('HGET', P..'next', ARGV[i]) or 'null')..']'
end
return '['..int(now)..','..list(answers)..']'
`,
);

/** ARGV[2] is for `insert`. Then for each step: key, from, to, next or nothing, a number n of jobs (0 or 1), and n jobs. */
const ADVANCE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  INSERT,
  String.raw`
local answers, i = {}, 3
while i <= #ARGV do
  local key, from, to, next, n = unpack(ARGV, i, i + 4)
  n = tonumber(n)
  local answer = '0'
  if call('HGET', P..'cursor', key) == from then
    call('HSET', P..'cursor', key, to)
    if next == '' then call('HDEL', P..'next', key) else call('HSET', P..'next', key, next) end
    answer = n == 1 and insert(i + 5, 1) or '1'
  end
  answers[#answers + 1] = answer
  i = i + 5 + ${JOB_ARGUMENTS} * n
end
wake()
return '['..int(now)..','..list(answers)..']'
`,
);

/** The cursor of HSCAN. Answers the next one, the time, and key, cursor and next time of some schedules. */
const SCAN = script(
  BEGIN,
  String.raw`
local answer, rows = call('HSCAN', P..'cursor', ARGV[2], 'COUNT', 1000), {}
for i = 1, #answer[2], 2 do
  local key = answer[2][i]
  rows[#rows + 1] = '['..text(key)..','..answer[2][i + 1]..','..(call('HGET', P..'next', key) or 'null')..']'
end
return '["'..answer[1]..'",'..int(now)..','..list(rows)..']'
`,
);

export function scheduleKey({ name, rule }: ScheduleRef): string {
  return JSON.stringify([name, rule]);
}

export async function declare(
  run: Run,
  schedules: readonly ScheduleRef[],
): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }> {
  const [now, rows] = await run<[number, [number, number | null][]]>(DECLARE, schedules.map(scheduleKey));
  return { now, rows: rows.map(([cursor, nextAt]) => (nextAt === null ? { cursor } : { cursor, nextAt })) };
}

export async function advance(
  run: Run,
  steps: readonly Advance[],
  tally: Tally | undefined,
): Promise<readonly AdvanceAnswer[]> {
  const args: string[] = [flagsOf(steps.flatMap(({ job }) => job ?? []))];
  for (const { from, to, nextAt, job, ...ref } of steps) {
    args.push(scheduleKey(ref), String(from), String(to), nextAt === undefined ? "" : String(nextAt), job ? "1" : "0");
    if (job) pushJob(args, job);
  }
  // 0: behind, 1: moved without a job.
  const [now, answers] = await run<[number, (0 | 1 | [Told])[]]>(ADVANCE, args);
  return answers.map((answer, i): AdvanceAnswer => {
    if (answer === 0) return { status: "behind" };
    const job = steps[i]?.job;
    if (answer === 1 || job === undefined) return { status: "moved" };
    const told = enqueueAnswer(answer[0]);
    tellCreated([job], [told], now, tally);
    return { status: "moved", job: told };
  });
}

/** Redis keeps them in no order: a page looks at all, in steps between which the server does other work. */
export async function listSchedules(run: Run, { limit, after }: ScheduleListRequest): Promise<SchedulePage> {
  const found = new Map<string, StoredSchedule>();
  let [at, now] = ["0", 0];
  do {
    const [next, time, rows] = await run<[string, number, [string, number, number | null][]]>(SCAN, [at]);
    for (const [key, cursor, nextAt] of rows) {
      const [name, rule] = JSON.parse(key);
      found.set(key, { name, rule, cursor, ...(nextAt !== null && { nextAt }) });
    }
    [at, now] = [next, time];
  } while (at !== "0");
  return schedulePage(now, schedulesAfter(found.values(), after), limit);
}
