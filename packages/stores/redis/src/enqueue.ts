import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import {
  type Told,
  JOB_ARGUMENTS,
  MOST_KEEP,
  bodyText,
  enqueueAnswer,
  extraText,
  flagsOf,
  pushJob,
  whole,
} from "./job.ts";
import { BEGIN, NEWEST, VERSION } from "./lua/begin.ts";
import { INSERT } from "./lua/insert.ts";
import { RARE } from "./lua/rare.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

const ENQUEUE = script(
  BEGIN,
  ROWS,
  WAITING,
  RARE,
  INSERT,
  `return '['..int(now)..','..insert(3, (#ARGV - 2) / ${JOB_ARGUMENTS})..']'`,
);

/**
 * The usual case of one job, at half the price: it has no unique key, no `maxDepth` and no extra, is due at once and
 * new, and joins the end of a line that has been used before. Answers the time, or null: then it has done nothing, and
 * the job is a case for the other script. It has none of the others' functions, because making them takes longer than
 * what it does.
 *
 * ARGV[2]: id, priority and queue, retention in ms, queue, name, body.
 */
const ENQUEUE_ONE = script(String.raw`
local P, call, pack = KEYS[1], redis.call, struct.pack
local id, level, queue, name = ARGV[2], ARGV[3], ARGV[5], ARGV[6]
local version = call('GET', P..'version')
local tail = version and version >= '${VERSION}' and version <= '${NEWEST}' and call('HGET', P..'tail', level)
if not tail then return 'null' end
local T, line = call('TIME'), P..'l:'..level
local now = tonumber(ARGV[1]) or T[1] * 1000 + math.floor(T[2] / 1000)
local last = math.max(tonumber(call('GET', P..'last') or '0') + 1, T[1] * 1000000 + T[2])
local number = pack('>I7', last)
local mark = pack('>I7', now)..number
local empty = call('LLEN', line) <= tonumber(call('HGET', P..'void', level) or '0')
if mark < tail and not empty then return 'null' end
local row = pack('BB', 0, string.byte(level) - 48)..number
  ..pack('<I7I6I6Bc0Bc0', now, now, tonumber(ARGV[4]), #queue, queue, #name, name)..ARGV[7]
if call('HSETNX', P..'jobs', id, row) == 0 then return 'null' end
call('SET', P..'last', string.format('%d', last))
call('RPUSH', line, number..id)
call('HSET', P..'tail', level, mark)
if empty then call('PUBLISH', P..'wake', '') end
return string.format('%d', now)
`);

type Enqueued = { readonly answers: readonly EnqueueAnswer[]; readonly now: number };

/** What became of the jobs, and when. */
export async function enqueue(run: Run, jobs: readonly NewJob[]): Promise<Enqueued> {
  const [only] = jobs;
  if (
    jobs.length === 1 &&
    only?.unique === undefined &&
    only?.maxDepth === undefined &&
    only !== undefined &&
    extraText(only) === "" &&
    "inMs" in only.due &&
    only.due.inMs <= 0
  ) {
    const { id, priority, queue, name, keepMs } = only;
    const args = [id, `${priority}${queue}`, String(whole(keepMs, MOST_KEEP)), queue, name, bodyText(only)];
    const now = await run<number | null>(ENQUEUE_ONE, args);
    if (now !== null) return { answers: [{ status: "created" }], now };
  }
  const args: string[] = [flagsOf(jobs)];
  for (const job of jobs) pushJob(args, job);
  const [now, told] = await run<[number, Told[]]>(ENQUEUE, args);
  return { answers: told.map(enqueueAnswer), now };
}
