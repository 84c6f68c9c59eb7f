import { type Job, systemPlatform } from "@longshore/core";
import type { Context } from "../command.ts";
import { need } from "../target.ts";
import { length } from "../time.ts";
import type { Finding } from "./checks.ts";

const MOST_READ = 20_000;
const PAGE = 500;
/** Clocks of machines differ by less. */
const DRIFT_MS = 300_000;
const LONG_MS = 3_600_000;
const ENDED: readonly string[] = ["completed", "dead", "cancelled"];
const MOST_EXAMPLES = 3;
/** How the core begins the reason of a job that its worker left to another one. */
const UNABLE = "no worker has ";

/** What no job can be, as the contract says; and what no worker seems to do. */
export async function checkStore({
  target,
  signal,
}: Context): Promise<{ readonly findings: readonly Finding[]; readonly read: number; readonly more: boolean }> {
  const list = need(target, "list");
  const strange = new Map<string, string[]>();
  const unable = new Map<string, string[]>();
  const now = systemPlatform.now();
  let read = 0;
  let cursor: string | undefined;
  do {
    const page = await list({ limit: PAGE, cursor });
    for (const job of page.jobs) {
      for (const what of impossible(job, now)) add(strange, what, job.id);
      if (job.waitsFor?.startsWith(UNABLE)) add(unable, job.waitsFor, job.id);
    }
    read += page.jobs.length;
    cursor = page.cursor;
  } while (cursor !== undefined && read < MOST_READ && !signal.aborted);
  const findings: Finding[] = [...strange].map(([what, ids]) => ({
    level: "wrong",
    what: `Jobs that ${what}: ${examples(ids)}.`,
    todo: "No store of ours leaves such a row. Please report it, with `longshore job ID --json`.",
  }));
  for (const [reason, ids] of unable) {
    findings.push({
      level: "doubtful",
      what: `Jobs that wait for a worker that can run them: ${examples(ids)}, with "${reason}".`,
      todo: "Deploy a worker that has it. A job that none could run for a day is dead, and can be replayed.",
    });
  }
  return { findings: [...findings, ...(await forgotten(target, now))], read, more: cursor !== undefined };
}

function add(groups: Map<string, string[]>, group: string, id: string): void {
  const ids = groups.get(group);
  if (ids === undefined) groups.set(group, [id]);
  else ids.push(id);
}

function examples(ids: readonly string[]): string {
  return `${ids.length} (${ids.slice(0, MOST_EXAMPLES).join(", ")}${ids.length > MOST_EXAMPLES ? ", …" : ""})`;
}

function impossible(job: Job, now: number): readonly string[] {
  const { state, attempt, enqueuedAt, dueAt, failures, after } = job;
  return [
    ...(state === "active" && attempt < 1 ? ["are active and were never claimed"] : []),
    ...(attempt < 0 || !Number.isInteger(attempt) ? ["have a number of attempts that is none"] : []),
    ...(enqueuedAt > now + DRIFT_MS ? ["were enqueued in the future"] : []),
    ...(ENDED.includes(state) && dueAt > now + DRIFT_MS ? ["ended in the future"] : []),
    ...(state === "delayed" && dueAt < now - DRIFT_MS ? ["are delayed until a time that is over"] : []),
    ...(state === "dead" && failures.length === 0 ? ["are dead and have no failure"] : []),
    ...(state === "failed" && failures.length === 0 ? ["wait for a retry and have no failure"] : []),
    ...(after?.includes(job.id) ? ["come after themselves"] : []),
  ];
}

/** Work that is there and that nobody takes. */
async function forgotten({ queue }: Context["target"], now: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { queue: name, paused, counts } of (await queue.counts?.()) ?? []) {
    const waiting = (counts.enqueued ?? 0) + (counts.stalled ?? 0);
    if (paused && Object.values(counts).every((jobs) => jobs === 0)) {
      findings.push({
        level: "doubtful",
        what: `The queue ${name} is paused, and there is no job in it: its name may be mistyped.`,
        todo: `longshore resume ${name}`,
      });
      continue;
    }
    if (paused && waiting > 0) {
      findings.push({
        level: "doubtful",
        what: `The queue ${name} is paused. Jobs that wait in it: ${waiting}.`,
        todo: `longshore resume ${name}`,
      });
      continue;
    }
    const page = await queue.list?.({ queue: name, state: ["enqueued", "stalled"], limit: PAGE });
    const oldest = Math.min(...(page?.jobs.map(({ dueAt }) => dueAt) ?? []));
    if (oldest < now - LONG_MS) {
      findings.push({
        level: "doubtful",
        what: `A job of the queue ${name} has been due for ${length(now - oldest)}.`,
        todo: "Is there a worker with a handler for it, and with room?",
      });
    }
  }
  const page = await queue.listSchedules?.({ limit: 1_000 });
  for (const { name, rule, nextAt } of page?.schedules ?? []) {
    if (page === undefined || nextAt === undefined || nextAt > page.now - LONG_MS) continue;
    findings.push({
      level: "doubtful",
      what: `The schedule ${name} (${rule}) has been due for ${length(page.now - nextAt)}.`,
      todo: "No worker with this rule runs. If the rule was changed or removed, nothing has to be done.",
    });
  }
  return findings;
}
