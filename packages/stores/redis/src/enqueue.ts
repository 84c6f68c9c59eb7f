import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";
import { type Told, enqueueAnswer, pushJob } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { INSERT } from "./lua/insert.ts";
import { ROWS } from "./lua/rows.ts";
import { WAITING } from "./lua/waiting.ts";
import { type Run, script } from "./script.ts";

const ENQUEUE = script(BEGIN, ROWS, WAITING, INSERT, "return '['..int(now)..','..insert(2, (#ARGV - 1) / 3)..']'");

/** What became of the jobs, and when. */
export async function enqueue(
  run: Run,
  jobs: readonly NewJob[],
): Promise<{ readonly answers: readonly EnqueueAnswer[]; readonly now: number }> {
  const args: string[] = [];
  for (const job of jobs) pushJob(args, job);
  const [now, told] = await run<[number, Told[]]>(ENQUEUE, args);
  return { answers: told.map(enqueueAnswer), now };
}
