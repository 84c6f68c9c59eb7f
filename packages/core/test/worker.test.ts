import { expect, test, vi } from "vitest";
import { z } from "zod";
import type { ClaimedJob, Lease } from "../src/adapter.ts";
import {
  type JobEvent,
  LongshoreError,
  type MissedPolicy,
  createWorker,
  defineJob,
  every,
  handle,
  schedule,
  snooze,
  systemPlatform,
} from "../src/index.ts";
import { claimed, scriptedBackend, silent, task, manualTime } from "./scripted-backend.ts";

const LEASE_MS = 30_000;
const never = (): Promise<never> => new Promise(() => {});

test.each(["prune", "dueInMs"] as const)("a %s that hangs does not keep a worker from claiming", async (verb) => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform, { [verb]: never });
  const ran: string[] = [];
  const worker = createWorker(backend, {
    handlers: [handle(task, (_input, { id }) => void ran.push(id))],
    log: silent,
    platform,
  });
  worker.start();
  await pass(1);
  backend.claims.push([claimed("a")]);
  await pass(2 * LEASE_MS);
  expect(ran).toEqual(["a"]);
  void worker.stop();
  await pass(LEASE_MS);
});

test("a worker claims while it prunes", async () => {
  const { platform, pass } = manualTime();
  const pruned = Promise.withResolvers<never[]>();
  const backend = scriptedBackend(platform, { prune: () => pruned.promise });
  const ran: string[] = [];
  const handlers = [handle(task, (_input, { id }) => void ran.push(id))];
  const worker = createWorker(backend, { handlers, log: silent, platform });
  backend.claims.push([claimed("a")]);
  worker.start();
  await pass(1);
  expect(ran).toEqual(["a"]);
  let stopped = false;
  void worker.stop().then(() => (stopped = true));
  await pass(1);
  expect(stopped, "while a call is under way").toBe(false);
  pruned.resolve([]);
  await pass(1);
  expect(stopped).toBe(true);
});

test("a drain claims before it prunes, and waits for that in no turn of the event loop, which a test may have replaced", async () => {
  const { platform } = manualTime();
  const calls: string[] = [];
  const called = (verb: string) => async () => (calls.push(verb), []);
  const backend = scriptedBackend(platform, { claim: called("claim"), prune: called("prune") });
  const handlers = [handle(task, () => {})];
  const options = { handlers, log: silent, platform: { ...platform, turn: () => new Promise<never>(() => {}) } };
  await createWorker(backend, options).drain();
  expect(calls).toEqual(["claim", "prune"]);
});

test("a worker that is stopped in a turn that it leaves to others neither claims nor prunes any more", async () => {
  const { platform, pass } = manualTime();
  const calls: string[] = [];
  const called = (verb: string) => async () => (calls.push(verb), []);
  const backend = scriptedBackend(platform, { claim: called("claim"), prune: called("prune") });
  let stopped: Promise<void> | undefined;
  const turn = async (): Promise<void> => void (stopped ??= worker.stop());
  const options = { handlers: [handle(task, () => {})], log: silent, platform: { ...platform, turn } };
  const worker = createWorker(backend, options);
  worker.start();
  await pass(60_000);
  await stopped;
  expect(calls).toEqual(["claim", "prune"]);
});

test("await using stops a worker at the end of its block: the handler ends, and nothing more is claimed", async () => {
  const backend = scriptedBackend(systemPlatform);
  const begun = Promise.withResolvers<void>();
  const told: string[] = [];
  const slow = handle(task, async (_input, { id, signal }) => {
    begun.resolve();
    await systemPlatform.turn();
    told.push(`${id}, aborted: ${signal.aborted}`);
  });
  {
    await using worker = createWorker(backend, { handlers: [slow], log: silent });
    backend.claims.push([claimed("a")]);
    worker.start();
    await begun.promise;
  }
  expect(told).toEqual(["a, aborted: false"]);
  expect(backend.settled.map(({ id, outcome }) => [id, outcome.type])).toEqual([["a", "complete"]]);
});

test("a worker that is woken during a claim claims again before it asks when the next job is due", async () => {
  const { platform, pass } = manualTime();
  const calls: string[] = [];
  let ring = (): void => {};
  const backend = {
    ...scriptedBackend(platform, {
      async claim() {
        if (calls.push("claim") === 1) ring();
        return [];
      },
      async dueInMs() {
        calls.push("dueInMs");
        return undefined;
      },
    }),
    onWake(listener: () => void) {
      ring = listener;
      return () => {};
    },
  };
  const worker = createWorker(backend, { handlers: [handle(task, () => {})], log: silent, platform });
  worker.start();
  await pass(1);
  expect(calls).toEqual(["claim", "claim", "dueInMs"]);
  await worker.stop();
});

test.each([
  ["claims again at once after a job that had the last slot", 1, ["claim", "run", "claim", "run", "claim", "dueInMs"]],
  ["does not claim again after a job that left slots free", 10, ["claim", "dueInMs", "run"]],
])("a worker %s", async (_, slots, expected) => {
  const { platform, pass } = manualTime();
  const calls: string[] = [];
  const backend = scriptedBackend(platform, {
    async claim({ queues }) {
      calls.push("claim");
      return backend.claims.splice(0, queues[0]?.limit).flat();
    },
    async dueInMs() {
      calls.push("dueInMs");
      return undefined;
    },
  });
  backend.claims.push([claimed("a")]);
  if (slots === 1) backend.claims.push([claimed("b")]);
  const handlers = [handle(task, () => void calls.push("run"))];
  const worker = createWorker(backend, { handlers, queues: { default: slots }, log: silent, platform });
  worker.start();
  await pass(1);
  expect(calls).toEqual(expected);
  await worker.stop();
});

test("a budget ends a drain whose jobs all end at once", async () => {
  let now = 0;
  const platform = { ...manualTime().platform, monotonic: () => now++ };
  let claims = 0;
  const endless = async (): Promise<ClaimedJob[]> => {
    if (++claims > 5_000) throw new Error("it goes on and on");
    return [claimed(`job-${claims}`)];
  };
  const handlers = [handle(task, () => {})];
  const queues = { default: 1 };
  const worker = createWorker(scriptedBackend(platform, { claim: endless }), {
    handlers,
    queues,
    platform,
    log: silent,
  });
  const { completed } = await worker.drain({ budget: "1s" });
  expect(completed).toBeGreaterThan(0);
  expect(claims).toBeLessThan(5_000);
});

test("jobs that a stop overtakes while they are claimed are given back unstarted", async () => {
  const { platform, pass } = manualTime();
  let arrive = (_jobs: ClaimedJob[]): void => {};
  const backend = scriptedBackend(platform, { claim: () => new Promise((resolve) => (arrive = resolve)) });
  const ran: string[] = [];
  const worker = createWorker(backend, {
    handlers: [handle(task, (_input, { id }) => void ran.push(id))],
    platform,
  });
  worker.start();
  await pass(1);
  const stopping = worker.stop();
  arrive([claimed("late")]);
  await pass(5_000);
  await stopping;
  expect(ran).toEqual([]);
  expect(backend.settled).toMatchObject([{ id: "late", outcome: { type: "snooze", delayMs: 0 } }]);
});

test("of a claim that is answered too late the jobs are given back, but not those that it ended as expired", async () => {
  const { platform, pass } = manualTime();
  const arrivals: ((jobs: ClaimedJob[]) => void)[] = [];
  const backend = scriptedBackend(platform, { claim: () => new Promise((resolve) => arrivals.push(resolve)) });
  const worker = createWorker(backend, { handlers: [handle(task, () => {})], platform, log: silent });
  worker.start();
  await pass(backend.traits.leaseMs + 1);
  arrivals[0]?.([claimed("late"), { ...claimed("expired"), token: 0, expired: true }]);
  await pass(1);
  expect(backend.settled.map(({ id }) => id)).toEqual(["late"]);
  arrivals.slice(1).forEach((arrive) => arrive([]));
  const stopped = worker.stop();
  await pass(60_000);
  await stopped;
});

test.each([
  ["a unique key", { uniqueKey: "k" }],
  ["limits", { limited: true }],
] as const)(
  "a worker asks again when a job with %s has ended, for the one that waited behind it",
  async (_, having) => {
    const { platform, pass } = manualTime();
    const backend = scriptedBackend(platform);
    const ran: string[] = [];
    const handler = handle(task, async (_input, { id }) => {
      ran.push(id);
      // Until then, the worker has asked in vain.
      await new Promise((resolve) => platform.timer(100, () => resolve(undefined)));
      backend.claims.push([claimed("behind")]);
    });
    backend.claims.push([{ ...claimed("first"), ...having }]);
    const worker = createWorker(backend, { handlers: [handler], log: silent, platform });
    worker.start();
    await pass(300);
    expect(ran).toEqual(["first", "behind"]);
    void worker.stop();
    await pass(LEASE_MS);
  },
);

test("schedules fire while every slot is taken", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const slow = defineJob("task", { input: z.object({}), timeout: "15m" });
  const worker = createWorker(backend, {
    handlers: [handle(slow, never)],
    queues: { default: 1 },
    schedules: [schedule("often", every("1m"), task.with({}))],
    platform,
    log: silent,
  });
  backend.claims.push([claimed("a")]);
  worker.start();
  await pass(5 * 60_000);
  expect(backend.fired).toHaveLength(5);
  void worker.stop();
  await pass(LEASE_MS);
});

test("a follow-up that its schema refuses in time harms nothing where the attempt has failed already", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const picky = defineJob("picky", { input: z.object({}).refine(async () => false) });
  const handler = handle(task, (_input, context) => {
    context.enqueue(picky.with({}));
    throw new Error("no");
  });
  backend.claims.push([claimed("a")]);
  const draining = createWorker(backend, { handlers: [handler], log: silent, platform }).drain();
  await pass(1);
  // An unhandled rejection would fail this run of the tests.
  expect(await draining).toMatchObject({ failed: 1 });
});

test("an outage is logged once in a while for each verb, and not for every job at every try", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const settle = vi.spyOn(backend, "settle").mockRejectedValue(new Error("away"));
  backend.claims.push(Array.from({ length: 10 }, (_, i) => claimed(`${i}`)));
  const lines: object[] = [];
  const log = { ...silent, warn: (line: object) => void lines.push(line) };
  const worker = createWorker(backend, { handlers: [handle(task, () => {})], log, platform });
  worker.start();
  await pass(8_000);
  expect(settle.mock.calls.length).toBeGreaterThan(30);
  const told = lines.filter((line) => JSON.stringify(line).includes("failed to settle"));
  expect(told).toHaveLength(2);
  expect(told[1]).toHaveProperty("failures_before");
  settle.mockRestore();
  void worker.stop();
  await pass(LEASE_MS);
});

test("a logger that throws harms no job", async () => {
  const { platform, pass } = manualTime();
  const fail = (): never => {
    throw new Error("no disk left");
  };
  const backend = scriptedBackend(platform, { prune: fail });
  const settle = vi.spyOn(backend, "settle").mockRejectedValueOnce(new Error("away"));
  backend.claims.push([claimed("a")]);
  const log = { debug: fail, info: fail, warn: fail, error: fail };
  const draining = createWorker(backend, { handlers: [handle(task, fail)], onEvent: fail, log, platform }).drain();
  await pass(1_000);
  expect(await draining).toMatchObject({ claimed: 1, failed: 1 });
  expect(settle).toHaveBeenCalledTimes(2);
});

test.each([undefined, Number.NaN, Infinity])("a snooze of %s ms is a failure like any other", async (delayMs) => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  backend.claims.push([claimed("a")], [claimed("b")]);
  const bad = new LongshoreError("snooze", "later", delayMs === undefined ? {} : { delayMs });
  const handler = handle(task, (_input, { id }) => {
    throw id === "a" ? bad : snooze("5m");
  });
  const draining = createWorker(backend, {
    handlers: [handler],
    queues: { default: 1 },
    log: silent,
    platform,
  }).drain();
  await pass(1);
  await draining;
  expect(backend.settled.map(({ outcome }) => outcome)).toMatchObject([
    { type: "retry", delayMs: 30_000, failure: { message: "later" } },
    { type: "snooze", delayMs: 300_000 },
  ]);
});

test("a drain ends where abandoned handlers hold every slot", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const events: JobEvent[] = [];
  const worker = createWorker(backend, {
    handlers: [handle(task, never)],
    queues: { default: 1 },
    onEvent: (event) => events.push(event),
    log: silent,
    platform,
  });
  backend.claims.push([claimed("a")], [claimed("b")]);
  let ended = false;
  const draining = worker.drain().then(() => (ended = true));
  await pass(10 * 60_000);
  expect(ended).toBe(true);
  await draining;
  expect(events).toContainEqual(expect.objectContaining({ type: "saturated", queue: "default", abandoned: 1 }));
});

test("a drain that runs out of time leaves alone what was delivered to the same worker", async () => {
  const { platform, pass } = manualTime();
  const backend = scriptedBackend(platform);
  const slow = defineJob("task", { input: z.object({}), timeout: "15m" });
  const stopped: string[] = [];
  const finish = new Map<string, () => void>();
  const handler = handle(slow, (_input, { id, signal }) => {
    signal.addEventListener("abort", () => stopped.push(id));
    return new Promise<void>((resolve) => finish.set(id, resolve));
  });
  const worker = createWorker(backend, { handlers: [handler], log: silent, platform });
  const running = worker.run([claimed("delivered")]);
  backend.claims.push([claimed("drained")]);
  const draining = worker.drain({ budget: "1s" });
  await pass(10_000);
  expect(await draining).toMatchObject({ claimed: 1, snoozed: 1 });
  expect(stopped).toEqual(["drained"]);
  finish.get("delivered")?.();
  expect(await running).toMatchObject({ claimed: 1, completed: 1 });
});

test("a policy for missed occurrences is refused when the schedule is declared", () => {
  for (const missed of ["sometimes", { all: 0 }, { all: Number.NaN }, null]) {
    const declare = (): unknown => schedule("report", every("1h"), task.with({}), { missed: missed as MissedPolicy });
    expect(declare).toThrow(expect.objectContaining({ code: "invalid_schedule" }));
  }
});

test("a timer that is too long for the runtime does not fire at once, and one for a past time is no warning", () => {
  const setTimeout = vi.spyOn(globalThis, "setTimeout");
  systemPlatform.timer(30 * 86_400_000, () => {})();
  expect(setTimeout).toHaveBeenCalledWith(expect.any(Function), 2 ** 31 - 1);
  systemPlatform.timer(-213, () => {})();
  expect(setTimeout).toHaveBeenLastCalledWith(expect.any(Function), 0);
  setTimeout.mockRestore();
});

test("a job that says for how long its lease holds is renewed at a third of that", async () => {
  const { platform, pass } = manualTime();
  const renewals: number[] = [];
  const renew = async (leases: readonly unknown[], leaseMs: number) => {
    renewals.push(leaseMs);
    return leases.map(() => "held" as const);
  };
  const backend = { ...scriptedBackend(platform), renew };
  let finish = (): void => {};
  const handlers = [handle(task, () => new Promise<void>((resolve) => (finish = resolve)))];
  const running = createWorker(backend, { handlers, log: silent, platform }).run([{ ...claimed("a"), leaseMs: 3_000 }]);
  await pass(999);
  expect(renewals).toEqual([]);
  await pass(1);
  expect(renewals).toEqual([LEASE_MS]);
  await pass(9_999);
  expect(renewals).toHaveLength(1);
  finish();
  expect(await running).toMatchObject({ completed: 1 });
});

test("a run that its own worker claims again goes on as the next attempt, and says so", async () => {
  const { platform, pass } = manualTime();
  const events: JobEvent[] = [];
  const backend = {
    ...scriptedBackend(platform),
    renew: async (leases: readonly Lease[]) => leases.map(() => "held" as const),
  };
  let finish = (): void => {};
  const handler = handle(task, () => new Promise<void>((resolve) => (finish = resolve)));
  const onEvent = (event: JobEvent): void => void events.push(event);
  const worker = createWorker(backend, { handlers: [handler], log: silent, platform, onEvent });
  const first = worker.run([claimed("a")]);
  const second = worker.run([{ ...claimed("a"), token: 2, attempt: 2, stalled: true }]);
  await pass(0);
  finish();
  await pass(1);
  await Promise.all([first, second]);
  expect(events.map((event) => "attempt" in event && `${event.type} ${event.attempt}`)).toEqual([
    "started 1",
    "stalled 1",
    "started 2",
    "completed 2",
  ]);
  expect(backend.settled.map(({ token }) => token)).toEqual([2]);
});

test.each<[string, unknown]>([
  ["a request", task.with({})],
  ["nothing", undefined],
  ["a text", "job"],
  ["a job that nobody claimed", { ...claimed("a"), token: undefined }],
  ["a job without an id", { ...claimed("a"), id: 5 }],
])("%s in the place of a claimed job is refused in words, before any other of its list runs", async (_what, odd) => {
  const { platform } = manualTime();
  const backend = scriptedBackend(platform);
  const ran: string[] = [];
  const handlers = [handle(task, (_input, { id }) => ran.push(id))];
  const worker = createWorker(backend, { handlers, log: silent, platform });
  const run = worker.run([claimed("good"), odd as ClaimedJob]);
  await expect(run).rejects.toMatchObject({
    code: "invalid_option",
    message: expect.stringContaining("The member of jobs to run must be a job that was claimed or delivered"),
  });
  expect([ran, backend.settled]).toEqual([[], []]);
});
