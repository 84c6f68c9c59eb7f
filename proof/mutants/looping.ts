import type { Mutant } from "./mutant.ts";

const LOOP = "packages/core/src/worker/loop.ts";
const WORKER = "packages/core/src/worker/worker.ts";
const TICKING = "packages/core/src/worker/ticking.ts";
const BACKEND = "packages/core/src/worker/backend.ts";
const TURNS = "packages/core/src/worker/yielding.ts";

/** Of starting, claiming, sleeping, waking and stopping. */
export const loopingMutants: readonly Mutant[] = [
  {
    id: "F64-no-deadline",
    fault: "F64",
    file: BACKEND,
    find: `        fail(new LongshoreError("backend_timeout", \`No answer within \${traits.leaseMs} ms.\`));\n`,
    replace: ``,
    what: "A call that the backend never answers blocks its caller for ever.",
  },
  {
    id: "F64-tick-ends-the-loop",
    fault: "F64",
    file: TICKING,
    find: `    logTo(log, "error", "a tick failed", { error });
    return TICK_AGAIN_MS;`,
    replace: `    logTo(log, "error", "a tick failed", { error });
    throw error;`,
    what: "A worker whose ticks fail never claims.",
  },
  {
    id: "F64-claims-wait-for-pruning",
    fault: "F64",
    file: TICKING,
    find: `    pruned = Promise.all([pruned, pruneInTime().catch(tickFailed)]);
`,
    replace: `      await (pruned = Promise.all([pruned, pruneInTime().catch(tickFailed)]));
`,
    what: "A worker claims nothing while it prunes, once a minute for up to five seconds.",
  },
  {
    id: "F64-stops-while-it-prunes",
    fault: "F64",
    file: WORKER,
    find: `Promise.all([stopped, woundDown, pruned(), ...`,
    replace: `Promise.all([stopped, woundDown, ...`,
    what: "A worker that has stopped is still pruning: the connections that its program then closes are in use.",
  },
  {
    id: "F91-late-claim-is-kept",
    fault: "F91",
    file: BACKEND,
    find: `        if (late && verb === "claim") await giveBack(adapter, value as readonly ClaimedJob[]);\n`,
    replace: ``,
    what: "Jobs of a claim that was answered too late are neither run nor given back until their leases end.",
  },
  {
    id: "F70-stop-drops-settlements",
    fault: "F70",
    file: WORKER,
    find: `    await settled(adapter.traits.leaseMs, group);\n`,
    replace: ``,
    what: "A stop does not wait until the jobs that it gives back are settled.",
  },
  {
    id: "F70-no-grace",
    fault: "F70",
    file: WORKER,
    find: `    await settled(graceMs, group);\n`,
    replace: ``,
    what: "A stop gives running handlers no grace period.",
  },
  {
    id: "F71-waiting-jobs-are-started",
    fault: "F71",
    file: WORKER,
    find: `    runs.releaseWaiting(group);\n`,
    replace: ``,
    what: "A stop does not give back the jobs that were claimed and not started.",
  },
  {
    id: "F71-claimed-during-the-stop",
    fault: "F71",
    file: LOOP,
    find: `    if (stopped) await handBack(jobs);
    else if (accept(`,
    replace: `    if (!stopped && accept(`,
    what: "Jobs that are claimed while the worker stops are dropped.",
  },
  {
    id: "F71-claimed-ahead-of-the-stop",
    fault: "F71",
    file: LOOP,
    find: `    await ahead?.answer.then(handBack).catch(() => {});\n`,
    replace: ``,
    what: "Jobs of a claim that was sent ahead of a stop are dropped.",
  },
  {
    id: "F85-claims-ahead-of-slow-handlers",
    fault: "F85",
    file: LOOP,
    find: `runs.idle() && sentAt - acceptedAt < now - awaitedAt`,
    replace: `runs.idle()`,
    what: "A worker holds twice as many jobs as it runs, however long they take.",
  },
  {
    id: "F85-claims-ahead-in-its-own-process",
    fault: "F85",
    file: LOOP,
    find: `sentAt - acceptedAt < now - awaitedAt`,
    replace: `sentAt - acceptedAt < now - sentAt`,
    what: "A worker claims ahead from a SQLite file, which then keeps three times as many leases and answers no sooner.",
  },
  {
    id: "F73-starts-twice",
    fault: "F73",
    file: WORKER,
    find: `loop ??= newLoop(newGroup(true), false, Infinity);`,
    replace: `loop = newLoop(newGroup(true), false, Infinity);`,
    what: "Starting twice makes two loops, one of which cannot be stopped.",
  },
  {
    id: "F73-second-stop-does-not-wait",
    fault: "F73",
    file: WORKER,
    find: `...ending.map(({ ended }) => ended)]);
      }
      await stopped;`,
    replace: `...ending.map(({ ended }) => ended)]);
        await stopped;
      }`,
    what: "A second stop returns before the first has ended.",
  },
  {
    id: "F74-grace-without-end",
    fault: "F74",
    file: WORKER,
    find: `    runs.release(group);\n`,
    replace: ``,
    what: "Jobs that outlast the grace period are not given back.",
  },
  {
    id: "F74-grace-without-signal",
    fault: "F74",
    file: WORKER,
    find: `    runs.abort(new LongshoreError("shutdown", "The worker stops."), group);\n`,
    replace: ``,
    what: "Handlers that outlast the grace period get no abort signal.",
  },
  {
    id: "F58-lost-wake-up",
    fault: "F58",
    file: LOOP,
    find: `      if (wakeup.count !== count) continue;\n`,
    replace: ``,
    what: "A loop misses a wake-up that comes while it claims.",
  },
  {
    id: "F58-does-not-listen",
    fault: "F58",
    file: LOOP,
    find: `const stopListening = backend.onWake?.(() => wakeup.notify());`,
    replace: `const stopListening = backend.onWake?.(() => {});`,
    what: "A sleeping worker does not listen for its backend's wake-ups.",
  },
  {
    id: "F58-a-listener-by-identity",
    fault: "F58",
    file: "packages/core/src/events/wake-listeners.ts",
    find: `const heard = (): void => listener();`,
    replace: `const heard = listener;`,
    what: "Removing one registration of a listener that was registered twice removes both.",
  },
  {
    id: "F73-stop-forgets-the-drain",
    fault: "F73",
    file: WORKER,
    find: `    loops.add(loop);\n`,
    replace: `    if (!untilIdle) loops.add(loop);\n`,
    what: "A stopped worker continues to drain.",
  },
  {
    id: "F88-no-polling",
    fault: "F88",
    file: LOOP,
    find: `return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity);`,
    replace: `return (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity;`,
    what: "A worker whose backend cannot notify it never polls.",
  },
  {
    id: "F88-gives-up-on-its-backend",
    fault: "F88",
    file: LOOP,
    find: `if (untilIdle && failures >= MOST_FAILURES) break;`,
    replace: `if (failures >= MOST_FAILURES) break;`,
    what: "A running worker stops for good when its backend fails for a while.",
  },
  {
    id: "F149-busy-loop",
    fault: "F149",
    file: LOOP,
    find: `    return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? Infinity);`,
    replace: `    return Math.min(pollMs, (await backend.dueInMs?.({ queues, schedules: [] })) ?? 0);`,
    what: "An idle worker calls its store without a pause.",
  },
  {
    id: "F149-wakes-for-full-queues",
    fault: "F149",
    file: LOOP,
    find: `const queues = wanted.map(({ name }) => name);`,
    replace: `const known = ((options as { known?: Set<string> }).known ??= new Set<string>());
    for (const { name } of wanted) known.add(name);
    const queues = [...known];`,
    what: "A worker polls without a pause while a job is due in a queue without a free slot.",
  },
  {
    id: "F149-no-patience",
    fault: "F149",
    file: BACKEND,
    find: `return Math.min(50 * 2 ** failures, 10_000);`,
    replace: `return Math.min(50 * failures, 0);`,
    what: "A failing backend is called again without a pause.",
  },
  {
    id: "F140-listener-breaks-its-worker",
    fault: "F140",
    file: "packages/core/src/events/events.ts",
    find: `        await onEvent(event as JobEvent);`,
    replace: `        onEvent(event as JobEvent);`,
    what: "The rejected promise of an event listener is not handled.",
    tests: ["test/queue.test.ts"],
  },
  {
    id: "F01-no-turns",
    fault: "F01",
    file: TURNS,
    find: `due: () => ++times >= EVERY_TIMES || platform.monotonic() - tookAt >= EVERY_MS,`,
    replace: `due: () => false,`,
    what: "Jobs that end immediately, one after the other, keep timers and signals from running.",
    tests: ["test/platform.test.ts"],
  },
  {
    id: "F01-turns-by-the-clock-alone",
    fault: "F01",
    file: TURNS,
    find: `++times >= EVERY_TIMES || `,
    replace: ``,
    what: "Where the clock stands still while code runs, as in a Worker, the worker never yields.",
    tests: ["test/platform.test.ts"],
  },
  {
    id: "F01-loop-takes-no-turn",
    fault: "F01",
    file: LOOP,
    find: `      if (yielder.due()) await yielder.yieldNow();
`,
    replace: ``,
    what: "A loop whose jobs end immediately claims again without yielding to timers and signals.",
    tests: ["test/platform.test.ts"],
  },
  {
    id: "F01-turn-is-a-promise",
    fault: "F01",
    file: "packages/core/src/runtime/platform.ts",
    find: `turn: () => new Promise((resolve) => later(resolve)),`,
    replace: `turn: () => Promise.resolve(),`,
    what: "The worker yields only to promises, so no timer can fire.",
    tests: ["test/platform.test.ts"],
  },
];
