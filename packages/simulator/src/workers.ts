import { type Schedule, type Worker, createWorker, every, schedule } from "@longshore/core";
import { chance, pick } from "./chance.ts";
import { type Part, SILENT, attempt } from "./clients.ts";
import type { Client } from "./faulty-line.ts";
import type { Beat } from "./occurrences.ts";
import { request } from "./kinds.ts";
import { handlers } from "./work.ts";

function schedulesOf(beats: readonly Beat[]): Schedule[] {
  return beats.map(({ name, periodMs, missed }) => schedule(name, every(periodMs), request("beat", 1), { missed }));
}

const newcomer = "novel";

function newWorker(part: Part, beats: readonly Beat[]): { readonly worker: Worker<Client>; readonly badge: object } {
  const { process, store, witness, seed, slots, extraJobs } = part;
  const badge = {};
  // An older version of the code, unless it was deployed after the faults.
  const old = chance(seed, `version ${process.id}`)() < 0.3 && !part.quiet();
  const knows = (kind: string): boolean => !(old && kind === newcomer);
  const worker = createWorker(store, {
    handlers: handlers({
      seed,
      process,
      runs: witness.runs,
      worker: badge,
      knows,
      slots,
      extraJobs,
      scripted: part.script,
    }),
    queues: slots,
    schedules: schedulesOf(beats),
    poll: pick(process.random, ["2s", "5s"] as const),
    platform: process.platform,
    log: SILENT,
    onEvent: (event) => witness.heard(process, event),
  });
  return { worker, badge };
}

const GRACE_MS = 3_000;

/** Works as a loop or in drains until the faults end, with deploys in between; then once more, to the end. */
export async function work(part: Part, beats: readonly Beat[]): Promise<void> {
  const { process } = part;
  const { random } = process;
  const drains = random() < 0.25;
  for (;;) {
    const deployed = newWorker(part, beats);
    const last = part.quiet();
    if (drains) await drainFor(part, deployed, last ? Infinity : random() * 60_000);
    else await loopFor(part, deployed, last ? Infinity : random() * 60_000);
    await process.sleep(random() * 1_000);
  }
}

type Deployed = ReturnType<typeof newWorker>;

async function loopFor(part: Part, { worker, badge }: Deployed, ms: number): Promise<void> {
  const { process, witness } = part;
  worker.start();
  if (process.random() < 0.2) worker.start();
  if (ms === Infinity) return forever();
  await untilQuiet(part, ms);
  const stopped = worker.stop({ grace: GRACE_MS });
  if (process.random() < 0.2) void worker.stop();
  await inTime(part, stopped, "stop");
  witness.runs.stopped(badge);
}

async function drainFor(part: Part, { worker }: Deployed, ms: number): Promise<void> {
  const { process } = part;
  for (let spent = 0; spent < ms;) {
    const pauseMs = process.random() * 4_000;
    await process.sleep(pauseMs);
    await inTime(part, worker.drain({ budget: 10_000 }), "drain");
    spent += pauseMs + 1_000;
    if (ms !== Infinity && part.quiet()) return;
  }
}

/** Checks that a stop or a drain ends in time: calls have a deadline, and handlers are given up after a while. */
async function inTime({ process, witness, store }: Part, ended: Promise<unknown>, what: string): Promise<void> {
  let over = false;
  const allowedMs = 60_000 + 6 * store.traits.leaseMs;
  void process.sleep(allowedMs).then(() => {
    if (!over) witness.fail("liveness", `${process.id}: a ${what} has not ended after ${allowedMs} ms`);
  });
  await ended;
  over = true;
}

/** Ticks like a cron trigger. */
export async function tick(part: Part, beats: readonly Beat[]): Promise<void> {
  const { process, store } = part;
  for (;;) {
    const worker = createWorker(store, {
      handlers: [],
      schedules: schedulesOf(beats),
      platform: process.platform,
      log: SILENT,
      onEvent: (event) => part.witness.heard(process, event),
    });
    await attempt(part, () => worker.tick());
    await process.sleep(5_000 + process.random() * 10_000);
  }
}

async function untilQuiet(part: Part, ms: number): Promise<void> {
  const pieces = 5;
  for (let i = 0; i < pieces && !part.quiet(); i++) await part.process.sleep(ms / pieces);
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
