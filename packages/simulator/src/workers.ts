import { type Schedule, type Worker, createWorker, every, schedule } from "@longshore/core";
import { randomFor, pick } from "./random.ts";
import { type ActorContext, SILENT, attempt } from "./clients.ts";
import type { Client } from "./faulty-connection.ts";
import type { PlannedSchedule } from "./occurrences.ts";
import { request } from "./job-definitions.ts";
import { handlers } from "./handlers.ts";

function schedulesOf(schedules: readonly PlannedSchedule[]): Schedule[] {
  return schedules.map(({ name, periodMs, missed }) =>
    schedule(name, every(periodMs), request("scheduled", 1), { missed }),
  );
}

const NEW_JOB = "novel";

function newWorker(
  actor: ActorContext,
  schedules: readonly PlannedSchedule[],
): { readonly worker: Worker<Client>; readonly identity: object } {
  const { process, store, checker, seed, slots, extraJobs } = actor;
  const identity = {};
  // An older version of the code, unless it was deployed after the faults.
  const old = randomFor(seed, `version ${process.id}`)() < 0.3 && !actor.quiet();
  const ages = actor.priorityAgeMs > 0 && randomFor(seed, `age ${process.id}`)() < 0.5;
  const knows = (kind: string): boolean => !(old && kind === NEW_JOB);
  const worker = createWorker(store, {
    handlers: handlers({
      seed,
      process,
      runs: checker.runs,
      worker: identity,
      knows,
      slots,
      extraJobs,
      scripted: actor.script,
    }),
    queues: slots,
    ...(ages && { priorityAge: actor.priorityAgeMs }),
    schedules: schedulesOf(schedules),
    poll: pick(process.random, ["2s", "5s"] as const),
    platform: process.platform,
    log: SILENT,
    onEvent: (event) => checker.reported(process, event),
  });
  return { worker, identity };
}

const GRACE_MS = 3_000;

/** Works as a loop or in drains until the faults end, with deploys in between; then once more, to the end. */
export async function work(actor: ActorContext, schedules: readonly PlannedSchedule[]): Promise<void> {
  const { process } = actor;
  const { random } = process;
  const drains = random() < 0.25;
  for (;;) {
    const deployed = newWorker(actor, schedules);
    const last = actor.quiet();
    if (drains) await drainFor(actor, deployed, last ? Infinity : random() * 60_000);
    else await loopFor(actor, deployed, last ? Infinity : random() * 60_000);
    await process.sleep(random() * 1_000);
  }
}

type Deployed = ReturnType<typeof newWorker>;

async function loopFor(actor: ActorContext, { worker, identity }: Deployed, ms: number): Promise<void> {
  const { process, checker } = actor;
  worker.start();
  if (process.random() < 0.2) worker.start();
  if (ms === Infinity) return forever();
  await untilQuiet(actor, ms);
  const stopped = worker.stop({ grace: GRACE_MS });
  if (process.random() < 0.2) void worker.stop();
  await inTime(actor, stopped, "stop");
  checker.runs.stopped(identity);
}

async function drainFor(actor: ActorContext, { worker }: Deployed, ms: number): Promise<void> {
  const { process } = actor;
  for (let spent = 0; spent < ms;) {
    const pauseMs = process.random() * 4_000;
    await process.sleep(pauseMs);
    await inTime(actor, worker.drain({ budget: 10_000 }), "drain");
    spent += pauseMs + 1_000;
    if (ms !== Infinity && actor.quiet()) return;
  }
}

/** Checks that a stop or a drain ends in time: calls have a deadline, and handlers are given up after a while. */
async function inTime({ process, checker, store }: ActorContext, ended: Promise<unknown>, what: string): Promise<void> {
  let over = false;
  const allowedMs = 60_000 + 6 * store.traits.leaseMs;
  void process.sleep(allowedMs).then(() => {
    if (!over) checker.fail("liveness", `${process.id}: a ${what} has not ended after ${allowedMs} ms`);
  });
  await ended;
  over = true;
}

/** Ticks like a cron trigger. */
export async function tick(actor: ActorContext, schedules: readonly PlannedSchedule[]): Promise<void> {
  const { process, store } = actor;
  for (;;) {
    const worker = createWorker(store, {
      handlers: [],
      schedules: schedulesOf(schedules),
      platform: process.platform,
      log: SILENT,
      onEvent: (event) => actor.checker.reported(process, event),
    });
    await attempt(actor, () => worker.tick());
    await process.sleep(5_000 + process.random() * 10_000);
  }
}

async function untilQuiet(actor: ActorContext, ms: number): Promise<void> {
  const pieces = 5;
  for (let i = 0; i < pieces && !actor.quiet(); i++) await actor.process.sleep(ms / pieces);
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
