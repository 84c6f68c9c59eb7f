import { checkHistory, createRecorder } from "../src/index.ts";
import { START, anything } from "@longshore/conformance/tools";
import {
  type JobContext,
  type Platform,
  type Queue,
  type Worker,
  createQueue,
  createWorker,
  defineJob,
  fixed,
  handle,
} from "@longshore/core";
import { type Memory, memory } from "@longshore/memory";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slowConnection } from "./slow-connection.ts";

// Small races through what applications use, over a memory store with a slow connection. The scheduler decides who
// comes first and who hears when; whatever it decides, the sentence holds and the job lived one order of calls.

const work = defineJob("work", { input: anything, retry: fixed({ attempts: 3, delay: 0, jitter: 0 }) });

type Scene = {
  readonly queue: Queue<Memory>;
  readonly store: Memory;
  worker(run: (context: JobContext) => unknown): Worker<Memory>;
  pass(ms: number): void;
};

const race = (script: (scene: Scene) => Promise<void>, numRuns = 300): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      let now = START;
      let ids = 0;
      // No timer goes off: nothing here waits for one.
      const platform: Platform = {
        now: () => now,
        monotonic: () => now,
        turn: () => Promise.resolve(),
        timer: () => () => {},
        random: () => 0.5,
        id: () => `id-${++ids}`,
      };
      const recorder = createRecorder();
      const store = recorder.record(slowConnection(memory({ clock: () => now }), scheduler));
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const scene: Scene = {
        store,
        queue: createQueue(store, { platform, log: quiet }),
        worker: (run) => {
          const handlers = [handle(work, (_, context) => run(context))];
          return createWorker(store, { handlers, platform, log: quiet });
        },
        pass: (ms) => void (now += ms),
      };
      await scheduler.waitFor(script(scene));
      expect(checkHistory(recorder.calls, { withinMs: now - START })?.message).toBeUndefined();
    }),
    { numRuns },
  );

test("F40: of fifty concurrent enqueues of one id, one creates the job and the others are duplicates", () =>
  race(async ({ queue }) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => queue.enqueue(work, { n }, { id: "the-one" })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === "created")).toHaveLength(1);
    expect(statuses.filter((status) => status === "duplicate")).toHaveLength(49);
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(["the-one"]));
    const { jobs } = await queue.list();
    expect(jobs).toHaveLength(1);
  }, 50));

describe("F145: of several that end a job at once one wins, and the others are refused:", () => {
  test("a worker that completes it, and an operator who cancels it", () =>
    race(async ({ queue, worker }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      const [tally, cancelled] = await Promise.all([worker(() => "done").drain(), queue.cancel("a")]);
      const won = cancelled.status === "done";
      expect(cancelled).toEqual(won ? { status: "done" } : { status: "refused", state: "completed" });
      expect(await queue.get("a")).toMatchObject({ state: won ? "cancelled" : "completed" });
      expect(tally.completed).toBe(won ? 0 : 1);
    }));

  test("a worker whose attempts fail, and an operator who cancels it", () =>
    race(async ({ queue, worker }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      const failing = worker(() => {
        throw new Error("not now");
      });
      const [tally, cancelled] = await Promise.all([failing.drain(), queue.cancel("a")]);
      const won = cancelled.status === "done";
      expect(cancelled).toEqual(won ? { status: "done" } : { status: "refused", state: "dead" });
      expect(await queue.get("a")).toMatchObject({ state: won ? "cancelled" : "dead" });
      expect(tally.dead).toBe(won ? 0 : 1);
    }));

  test("an operator who cancels it twice", () =>
    race(async ({ queue }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      const answers = await Promise.all([queue.cancel("a"), queue.cancel("a"), queue.cancel("a")]);
      const told = { status: "refused", state: "cancelled" };
      expect(answers.filter(({ status }) => status === "done")).toHaveLength(1);
      expect(answers.filter(({ status }) => status !== "done")).toEqual([told, told]);
    }));

  test("two replays of a dead letter, which runs once more and not twice", () =>
    race(async ({ queue, worker }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      await queue.cancel("a");
      const ran: number[] = [];
      const replayed = await Promise.all([queue.replay("a"), queue.replay("a")]);
      await worker(({ token }) => void ran.push(token)).drain();
      expect(replayed.map(({ status }) => status).toSorted()).toEqual(["done", "refused"]);
      expect(ran).toHaveLength(1);
    }));
});

describe("F17: two workers who want the same job", () => {
  test("run it once, and the other gets nothing", () =>
    race(async ({ queue, worker }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      const ran: number[] = [];
      const one = worker(({ attempt }) => void ran.push(attempt));
      const other = worker(({ attempt }) => void ran.push(attempt));
      const tallies = await Promise.all([one.drain(), other.drain()]);
      expect(ran).toEqual([1]);
      expect(tallies.map(({ completed }) => completed).toSorted()).toEqual([0, 1]);
    }));

  test("hold it under tokens that only grow, also after retries, a removal and a new enqueue of its id", () =>
    race(async ({ queue, worker }) => {
      const tokens: number[] = [];
      const failing = (context: JobContext): void => {
        tokens.push(context.token);
        throw new Error("not now");
      };
      for (let life = 1; life <= 2; life++) {
        expect(await queue.enqueue(work, { n: life }, { id: "a" })).toMatchObject({ status: "created" });
        await Promise.all([worker(failing).drain(), worker(failing).drain()]);
        expect(await queue.remove("a")).toEqual({ status: "done" });
      }
      expect(tokens).toHaveLength(6);
      expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    }, 100));
});

describe("F02: a rescue that comes late, when a lease is over, changes nothing of what", () => {
  const OUTCOMES = {
    completes: { outcome: { type: "complete" }, otherwise: [] },
    retries: { outcome: { type: "retry", delayMs: 0, failure: { message: "not now" } }, otherwise: [2] },
    releases: { outcome: { type: "snooze", delayMs: 0 }, otherwise: [1] },
  } as const;

  test.for(Object.entries(OUTCOMES))("the first worker %s in time", ([, { outcome, otherwise }]) =>
    race(async ({ queue, store, worker, pass }) => {
      await queue.enqueue(work, { n: 1 }, { id: "a" });
      const [held] = await store.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
      pass(30_000);
      const ran: { readonly attempt: number; readonly token: number }[] = [];
      const rescuer = worker(({ attempt, token }) => void ran.push({ attempt, token }));
      const first = { id: "a", token: held?.token ?? 0 };
      const [[answer]] = await Promise.all([store.settle([{ ...first, outcome }]), rescuer.drain()]);
      // Whoever came first. What the first worker gave back is due again: as it said, and not as if it had vanished.
      const attempts = { accepted: otherwise, stale: [2] }[String(answer)];
      expect(ran.map(({ attempt }) => attempt)).toEqual(attempts);
      expect(ran.every(({ token }) => token > first.token)).toBe(true);
    }),
  );
});
