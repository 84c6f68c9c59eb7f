import type { MakeSimulated } from "./subject.ts";
import { randomFor } from "./random.ts";
import { type ActorContext, attempt, operate, produce, queueOf } from "./clients.ts";
import { type Backend, type FullStore, connect } from "./faulty-connection.ts";
import { createFaults } from "@longshore/testing/tools";
import type { Injected } from "./faults.ts";
import type { Violation } from "./invariants.ts";
import { type Line, createJournal } from "./journal.ts";
import type { Plan } from "./plan.ts";
import { type Process, startProcess } from "./process.ts";
import { type Counters, type Checker, createChecker } from "./checker.ts";
import { followScript } from "./script.ts";
import { QUEUES, SLOTS } from "./job-definitions.ts";
import { tick, work } from "./workers.ts";
import { type World, createWorld } from "./world.ts";

/** The result of one history. */
export type History = {
  readonly plan: Plan;
  readonly violation: Violation | undefined;
  /** A hash of everything that happened, in order. */
  readonly hash: string;
  readonly events: number;
  readonly injected: Injected;
  readonly counters: Counters;
  /** How many calls and waits each process had made when the faults ended. */
  readonly reach: readonly Reach[];
  /** Empty unless the history was traced. */
  readonly lines: readonly Line[];
};

type Reach = { readonly process: string; readonly calls: number; readonly waits: number };

type Actor = (actor: ActorContext) => Promise<void>;

/** Runs the history of a plan: first with faults, then without them until everything has ended. */
export async function runHistory(
  make: MakeSimulated,
  plan: Plan,
  options: { readonly trace?: boolean } = {},
): Promise<History> {
  const system = await createSystem(make, plan, options.trace === true);
  const { world, checker, backend, journal } = system;
  try {
    const startedAt = world.now();
    system.begin();
    await world.run(startedAt + plan.chaosMs);
    const reach = [...system.processes.values()].map(({ id, calls, waits }) => ({ process: id, calls, waits }));
    const quietAt = system.endFaults();
    if (checker.violation === undefined) await settleDown(system);
    if (checker.violation === undefined) await checker.end(quietAt);
    return {
      plan,
      violation: checker.violation,
      hash: journal.hash,
      events: world.steps,
      injected: backend.faults.injected,
      reach,
      counters: checker.counters(),
      lines: journal.lines,
    };
  } finally {
    await system.dispose();
  }
}

type System = {
  readonly world: World;
  readonly checker: Checker;
  readonly backend: Backend;
  readonly journal: ReturnType<typeof createJournal>;
  readonly processes: ReadonlyMap<string, Process>;
  begin(): void;
  /** Ends all faults. Returns the store's time. */
  endFaults(): number;
  dispose(): Promise<void>;
};

async function extend(actor: ActorContext): Promise<void> {
  const { process, store, checker, quiet } = actor;
  await checker.extension?.run({ process, store, quiet, attempt: (calls) => attempt(actor, calls) });
}

/** How long a dead process stays away. */
const DOWN_MS = 5_000;

async function createSystem(make: MakeSimulated, plan: Plan, traced: boolean): Promise<System> {
  const { seed } = plan;
  const world = createWorld(randomFor(seed, "world"));
  const journal = createJournal(world.now, traced);
  const faults = createFaults(seed, plan.rates, plan.only);
  let storeOffsetMs = 0;
  const storeNow = (): number => world.now() + storeOffsetMs;
  const subject = await make({ clock: { now: storeNow } });
  const store = subject.adapter as FullStore; // the caller checked that it is a full store
  const extras = plan.extras ?? 0;
  // Not without its processes: one more queue would add useless calls at every place of a kept history.
  const extension = extras > 0 ? subject.extension : undefined;
  const slots = { ...SLOTS, ...extension?.slots };
  const checker = createChecker(store, world, storeNow, Object.keys(slots), plan.schedules, extension);
  const backend: Backend = {
    store,
    world,
    faults,
    journal,
    seed,
    now: storeNow,
    committed: (commit) => checker.committed(commit),
    replied: (commit) => checker.replied(commit),
    broke: ({ verb }, error) => checker.fail("refusals", `the store threw at ${verb}: ${String(error)}`),
  };
  const processes = new Map<string, Process>();
  let quiet = false;

  const start = (name: string, run: Actor, life = 1): void => {
    const skewMs = Math.round((randomFor(seed, `skew ${name}`)() * 2 - 1) * plan.skewMs);
    const crashAt = plan.crashAt?.process === `${name}.${life}` ? plan.crashAt.wait : undefined;
    const process = startProcess({
      world,
      seed,
      name,
      life,
      skewMs,
      crashAt,
      died(dead) {
        journal.record(dead.id, "dies", "");
        world.at(randomFor(seed, `down ${dead.id}`)() * DOWN_MS, () => start(name, run, life + 1));
      },
    });
    processes.set(name, process);
    const client = connect(backend, process);
    const script = plan.script === true;
    const extraJobs = extension?.jobs ?? [];
    const priorityAgeMs = store.traits.ageing === true ? (plan.priorityAgeMs ?? 0) : 0;
    const actor: ActorContext = {
      process,
      store: client,
      checker,
      seed,
      script,
      slots,
      extraJobs,
      priorityAgeMs,
      quiet: () => quiet,
    };
    run(actor).catch((error: unknown) => checker.fail("liveness", `${process.id} broke: ${String(error)}`));
  };

  /** May let something happen to each process, and to the store, each second. */
  const injectProcessFaults = (second: number): void => {
    if (quiet) return;
    for (const process of processes.values()) {
      const place = `${process.name}@${second}`;
      // These rates are per minute.
      const fault =
        faults.sizeOf(`moment ${place}`) < 1 / 60 ? faults.inject(place, ["crash", "clockJump"]) : undefined;
      const size = faults.sizeOf(place);
      if (fault === undefined) continue;
      journal.record(process.id, fault, "", fault);
      if (fault === "crash") process.crash();
      else process.jumpClock(size < 0.5 ? Math.round(-size * 120_000) : Math.round((size - 0.5) * 2 * 8 * 3_600_000));
    }
    const place = `store@${second}`;
    if (faults.sizeOf(`moment ${place}`) < 1 / 20 && faults.inject(place, ["storeClockJump"]) !== undefined) {
      const size = faults.sizeOf(place);
      storeOffsetMs += Math.round(size < 0.5 ? -size * 20_000 : (size - 0.5) * 120_000);
      journal.record("store", "its clock jumps", `${storeOffsetMs}`, "storeClockJump");
    }
    world.at(1_000, () => injectProcessFaults(second + 1));
  };

  return {
    world,
    checker,
    backend,
    journal,
    processes,
    begin() {
      for (let i = 1; i <= plan.workers; i++) start(`worker-${i}`, (actor) => work(actor, plan.schedules));
      for (let i = 1; i <= plan.schedulers; i++) start(`scheduler-${i}`, (actor) => tick(actor, plan.schedules));
      const producer = plan.script === true ? followScript : (actor: ActorContext) => produce(actor, plan.jobs);
      for (let i = 1; i <= plan.producers; i++) start(`producer-${i}`, producer);
      for (let i = 1; i <= plan.operators; i++) start(`operator-${i}`, operate);
      if (extension !== undefined) {
        for (let i = 1; i <= extras; i++) start(`${extension.name}-${i}`, extend);
      }
      world.at(1_000, () => injectProcessFaults(1));
    },
    endFaults() {
      faults.end();
      quiet = true;
      journal.record("world", "all is quiet", "");
      start("janitor", async (actor) => {
        const queue = queueOf(actor);
        // A pause, or a late copy of it, may still be in transit.
        for (let i = 0; i < 12; i++) {
          for (const name of QUEUES) await attempt(actor, () => queue.resume(name));
          await actor.process.sleep(10_000);
        }
      });
      return storeNow();
    },
    async dispose() {
      await subject.dispose?.();
    },
  };
}

/**
 * Enough for every lease, backoff and snooze that remains after the faults, one after the other, and for a removed job
 * that a late copy of its enqueue created again: the longest requested delay is an hour.
 */
const SETTLE_WITHIN_MS = 2 * 3_600_000;
/** What schedules still enqueue may be running. */
const FRESH_MS = 30_000;
const IDLE_MS = 15_000;
/** An idle worker polls and ticks every few seconds; one that spins does so hundreds of times. */
const IDLE_CALLS_PER_SECOND = 12;
/** An idle worker has its loop's timer, and the deadlines of a call or two. */
const IDLE_TIMERS = 16;

async function settleDown({ world, checker, backend, processes }: System): Promise<void> {
  const endAt = world.now() + SETTLE_WITHIN_MS;
  const leastAt = world.now() + 2 * FRESH_MS;
  const unfinished = (): string[] =>
    [...checker.rows.all.values()]
      .filter(({ ended, row }) => ended === undefined && row.enqueuedAt < backend.now() - FRESH_MS)
      .map(({ row }) => row.id);
  while (checker.violation === undefined && (world.now() < leastAt || unfinished().length > 0)) {
    if (world.now() >= endAt) return checker.fail("liveness", `still not ended: ${unfinished().slice(0, 5).join(" ")}`);
    await world.run(world.now() + 5_000);
  }
  const calls = new Map([...processes.values()].map((process) => [process.id, process.calls]));
  await world.run(world.now() + IDLE_MS);
  for (const process of processes.values()) {
    const made = process.calls - (calls.get(process.id) ?? process.calls);
    if (made > (IDLE_MS / 1_000) * IDLE_CALLS_PER_SECOND)
      checker.fail("liveness", `${process.id} made ${made} calls in ${IDLE_MS / 1_000} idle seconds`);
    if (process.alive && process.timers > IDLE_TIMERS)
      checker.fail("bounds", `${process.id} holds ${process.timers} timers`);
    if (process.alive && process.listeners > 1)
      checker.fail("bounds", `${process.id} listens ${process.listeners} times`);
  }
}
