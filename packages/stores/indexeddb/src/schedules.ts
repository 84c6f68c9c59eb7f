import {
  type Advance,
  type AdvanceAnswer,
  type ScheduleListRequest,
  type SchedulePage,
  type ScheduleRef,
  type ScheduleRow,
  type Schedules,
  type WakeRequest,
  schedulePage,
} from "@longshore/core/adapter";
import { idsOf, insertAll } from "./enqueue.ts";
import { firstDueAt } from "./heads.ts";
import { keysOf } from "./keys.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { firstEnd, openPlaces } from "./places.ts";
import { JOBS, SCHEDULES } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import type { View } from "./view.ts";

const keyOf = ({ name, rule }: ScheduleRef): IDBValidKey => [name, rule];

function read(schedules: IDBObjectStore, ref: ScheduleRef): Promise<ScheduleRow | undefined> {
  return answerTo(schedules.get(keyOf(ref)));
}

export async function declare(
  { tx, load }: Opening,
  refs: readonly ScheduleRef[],
): Promise<Awaited<ReturnType<Schedules["declare"]>>> {
  const { now } = await load([]);
  const schedules = tx.objectStore(SCHEDULES);
  const rows = await Promise.all(
    refs.map(async (ref) => {
      const row = await read(schedules, ref);
      if (row === undefined) schedules.put({ cursor: now }, keyOf(ref));
      return row ?? { cursor: now };
    }),
  );
  return { now, rows };
}

export async function advance(opening: Opening, steps: readonly Advance[]): Promise<AdvanceAnswer[]> {
  const schedules = opening.tx.objectStore(SCHEDULES);
  const jobs = steps.flatMap(({ job }) => job ?? []);
  const ledger = await opening.load(idsOf(jobs), keysOf(jobs));
  const answers: AdvanceAnswer[] = [];
  // One after the other: several may be of one schedule.
  for (const step of steps) answers.push(await advanceOne(ledger, schedules, step));
  return answers;
}

async function advanceOne(ledger: Ledger, schedules: IDBObjectStore, step: Advance): Promise<AdvanceAnswer> {
  const { from, to, nextAt, job } = step;
  const row = await read(schedules, step);
  if (row?.cursor !== from) return { status: "behind" };
  schedules.put({ cursor: to, ...(nextAt !== undefined && { nextAt }) }, keyOf(step));
  return { status: "moved", ...(job !== undefined && { job: (await insertAll(ledger, [job]))[0] }) };
}

export async function dueInMs(view: View, wanted: WakeRequest): Promise<number | undefined> {
  const { tx, now, queues } = view;
  const jobs = tx.objectStore(JOBS);
  const schedules = tx.objectStore(SCHEDULES);
  const places = openPlaces(view);
  const firstAt = async (queue: string): Promise<number> =>
    (await places.isFull(queue)) ? firstEnd(view, queue) : firstDueAt(jobs, queue);
  const running = wanted.queues.flatMap((queue) => queues.get(queue) ?? []).filter(({ paused }) => !paused);
  const instants = await Promise.all([
    ...running.map(async ({ queue, pausedUntil = 0 }) => Math.max(await firstAt(queue), pausedUntil)),
    ...wanted.schedules.map(async (ref) => (await read(schedules, ref))?.nextAt ?? Infinity),
  ]);
  const dueAt = Math.min(...instants);
  return dueAt === Infinity ? undefined : Math.max(0, dueAt - now);
}

export async function listSchedules({ tx, now }: View, { limit, after }: ScheduleListRequest): Promise<SchedulePage> {
  const table = tx.objectStore(SCHEDULES);
  const range = after && IDBKeyRange.lowerBound(keyOf(after), true);
  const [keys, rows] = await Promise.all([
    answerTo(table.getAllKeys(range, limit + 1)),
    answerTo<ScheduleRow[]>(table.getAll(range, limit + 1)),
  ]);
  const found = (keys as [string, string][]).map(([name, rule], i) => ({ name, rule, ...(rows[i] as ScheduleRow) })); // by `keyOf`, in the same order
  return schedulePage(now, found, limit);
}
