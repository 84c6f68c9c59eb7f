import { type Logger, LongshoreError, type Schedule, systemPlatform } from "@longshore/core";
import type { StoredSchedule } from "@longshore/core/adapter";
import type { Done } from "./actions.ts";
import type { ScheduleView, SchedulesView } from "./api.ts";
import type { Store } from "./store.ts";

const TIMES = 5;
const PAGE = 100;
/** How far back the last times of a rule are looked for. */
const BACK_MS = 2 * 366 * 86_400_000;

/** The schedules of the store, and those that were passed: one call of `listSchedules`. */
export async function readSchedules(
  { listing }: Store,
  passed: readonly Schedule[],
  clock: number,
): Promise<SchedulesView> {
  const page = (await listing()?.listSchedules({ limit: PAGE })) ?? { now: clock, schedules: [], after: undefined };
  const { now, schedules } = page;
  const seen = schedules.map((stored) => {
    const known = passed.find(({ name, rule }) => name === stored.name && rule.text === stored.rule);
    return viewOf(stored, known, now);
  });
  const undeclared = passed.filter(
    ({ name, rule }) => !schedules.some((stored) => stored.name === name && stored.rule === rule.text),
  );
  const more = page.after !== undefined;
  // Beyond the first page, whether the store has it is not known.
  const rest = more ? [] : undeclared.map((one) => viewOf({ name: one.name, rule: one.rule.text }, one, now));
  return { at: now, more, schedules: [...seen, ...rest] };
}

function viewOf(
  { name, rule, cursor, nextAt }: Partial<StoredSchedule> & Pick<StoredSchedule, "name" | "rule">,
  known: Schedule | undefined,
  now: number,
): ScheduleView {
  return { name, rule, cursor, nextAt, known: known !== undefined, ...(known && timesOf(known, now)) };
}

function timesOf({ rule }: Schedule, now: number): { readonly next: number[]; readonly last: number[] } {
  const [next, last]: [number[], number[]] = [[], []];
  for (let at = rule.next(now); at !== undefined && next.length < TIMES; at = rule.next(at)) next.push(at);
  const from = now - BACK_MS;
  for (let at = rule.latest(from, now); at !== undefined && last.length < TIMES; at = rule.latest(from, at - 1)) {
    last.push(at);
  }
  return { next, last };
}

/** Enqueues the job of a schedule's last nominal time, or of its first, once more and due now. Its cursor stays. */
export async function trigger(
  { adapter }: Store,
  passed: readonly Schedule[],
  { name }: Readonly<Record<string, unknown>>,
  { log, now, id }: { readonly log: Logger; readonly now: number; readonly id: () => string },
): Promise<Done> {
  const found = passed.find((one) => one.name === name);
  if (found === undefined) {
    throw new LongshoreError(
      "invalid_request",
      "The dashboard was not given this schedule, so it cannot make its job.",
    );
  }
  const nominal = found.rule.latest(now - BACK_MS, now) ?? found.rule.next(now);
  if (nominal === undefined) throw new LongshoreError("invalid_schedule", `The rule of ${found.name} has no time.`);
  const firing = { backend: adapter, platform: systemPlatform, log, emit: undefined };
  const { steps } = await found.plan(firing, nominal, { cursor: nominal - 1 });
  const job = steps[0]?.job;
  if (job === undefined) throw new LongshoreError("invalid_schedule", `The schedule ${found.name} makes no job.`);
  // With an id of its own: that of the occurrence is taken if it has run.
  const own = { ...job, id: `${job.id}:${id()}`, due: { inMs: 0 } };
  const [answer] = await adapter.enqueue([own]);
  if (answer === undefined || answer.status === "failed") {
    throw new LongshoreError("enqueue_failed", `The job of ${found.name} was not enqueued: ${answer?.message}`);
  }
  return { answer: { id: own.id, partition: own.partition }, audit: { schedule: found.name, job: own.id } };
}
