import { env } from "cloudflare:workers";
import { type JobOptions, type JobRequest, createQueue, defineJob, fixed, handle, nonRetryable } from "@longshore/core";
import { expect, test, vi } from "vitest";
import { type JobsNamespace, durableObjects } from "../../src/index.ts";
import type { Call, Reply } from "../../src/wire.ts";
import { LEASE_MS, fragiles } from "../fragile.ts";
import { anyInput } from "../schema.ts";

// An object is reset before and after each of its writes, and after each of its answers, while clients go through
// every verb, some of them at a time, so that their calls share commits, and repeat what gets no answer. Then nobody calls any more: its alarm alone must bring all jobs to their
// ends, wherever it broke.

/** As often as it takes: on a busy machine leases run out by themselves. */
const retry = fixed({ attempts: 1_000, delay: 10, jitter: 0 });
const plain = defineJob("plain", { input: anyInput, retry });
const stumbling = defineJob("stumbling", { input: anyInput, retry });
const parent = defineJob("parent", { input: anyInput, retry });
const doomed = defineJob("doomed", { input: anyInput, retry });

/** Where the object is reset: at one of its writes, or between one of its answers and its client. */
type Place = { readonly write: number; readonly side: "before" | "after" } | { readonly answer: number };

const ENDS = {
  alone: "completed",
  large: "completed",
  stumbling: "completed",
  doomed: "dead",
  parent: "completed",
  "parent-child": "completed",
  paused: "completed",
  hurried: "completed",
  delayed: "completed",
  cancelled: "cancelled",
} as const;

const RUN = Object.keys(ENDS).filter((job) => job !== "cancelled");

const soon = { interval: 10, timeout: 600_000 };
let objects = 0;

/** So long that those which have ended move into a chunk. */
const input = { n: 0, text: "x".repeat(1_500) };

/** One life of an object that is broken in one place, or nowhere; and how many places there were. */
async function live(place: Place | undefined) {
  const name = `fragile-${++objects}`;
  const id = (job: string): string => `${name}/${job}`;
  const runs = new Map<string, number>();
  const endings: string[] = [];
  const run = (job: string): number => {
    const count = (runs.get(job) ?? 0) + 1;
    runs.set(job, count);
    return count;
  };
  const broken = { write: 0, side: "before", answer: 0, ...place } as const;
  const fragile = {
    breakAt: broken.write,
    side: broken.side,
    writes: 0,
    chunks: 0,
    ended: (job: string) => void endings.push(job),
    handlers: [
      handle(plain, (_, context) => void run(context.id)),
      handle(stumbling, (_, context) => {
        if (run(context.id) === 1) throw new Error("not yet");
      }),
      handle(parent, (_, context) => {
        run(context.id);
        context.enqueue(plain.with(input, { id: `${context.id}-child` }));
      }),
      handle(doomed, (_, context) => {
        run(context.id);
        throw nonRetryable("as it should be");
      }),
    ],
  };
  fragiles.set(name, fragile);

  let answers = 0;
  const losing: JobsNamespace = {
    getByName: (object) => ({
      async jobs(call: Call) {
        const stub: { jobs(call: Call): Promise<Reply> } = env.FRAGILE.getByName(object);
        const reply = await stub.jobs(call);
        if (++answers !== broken.answer) return reply;
        await env.FRAGILE.getByName(object)
          .reset()
          .catch(() => {});
        throw new Error("the answer is lost");
      },
    }),
  };
  const queue = createQueue(durableObjects(losing, { name, lease: LEASE_MS }));
  /**
   * As a stubborn client does: with the same ids, until there is an answer. With pauses, because on a busy machine the
   * local runtime may hold the database of an object that was reset for a while (SQLITE_BUSY).
   */
  const ask = async <T>(call: () => Promise<T>, tries = 100): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (tries === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ask(call, tries - 1);
    }
  };
  const enqueue = (...jobs: readonly JobRequest[]) => ask(() => queue.enqueueMany(jobs));
  const request = (job: string, options: JobOptions = {}) => plain.with(input, { id: id(job), ...options });
  /** Has a row of its own, so that a commit has several writes. */
  const large = { n: 0, text: "x".repeat(2_000) };

  await Promise.all([
    enqueue(request("alone")),
    enqueue(stumbling.with(input, { id: id("stumbling") }), doomed.with({ n: 0 }, { id: id("doomed") })),
    enqueue(plain.with(large, { id: id("large") })),
    enqueue(parent.with(input, { id: id("parent") })),
  ]);
  await ask(() => queue.pause("default"));
  await Promise.all([
    enqueue(request("paused")),
    enqueue(request("hurried", { delay: "1h" })),
    enqueue(request("cancelled", { delay: "1h" }), request("removed", { delay: "1h" })),
  ]);
  await ask(() => queue.resume("default"));
  await ask(() => queue.runNow(id("hurried")));
  await ask(() => queue.cancel(id("cancelled")));
  await ask(() => queue.remove(id("removed")));
  await vi.waitUntil(() => endings.includes(id("doomed")), soon);
  await ask(() => queue.replay(id("doomed")));
  await enqueue(request("delayed", { delay: 300 }));

  // Nobody calls from here on, until the handlers have told that all is over.
  const endedTwice = (job: string): boolean => endings.filter((one) => one === job).length > 1;
  await vi.waitUntil(() => RUN.every((job) => endings.includes(id(job))) && endedTwice(id("doomed")), soon);
  const { jobs } = await ask(() => queue.list());
  fragiles.delete(name);
  const short = (full: string): string => full.slice(name.length + 1);
  return {
    ends: Object.fromEntries(jobs.map((job) => [short(job.id), job.state])),
    ran: [...runs.keys()].map(short).toSorted(),
    writes: fragile.writes,
    answers,
    chunks: fragile.chunks,
  };
}

const count = (length: number): number[] => Array.from({ length }, (_, i) => i + 1);

/** So many at a time: most of a life is waiting for a lease or an alarm. */
const AT_ONCE = 24;

test("a reset before or after any write, and after any answer, loses nothing (F103, F107, F110)", async () => {
  const { writes, answers, chunks } = await live(undefined);
  expect(chunks).toBeGreaterThan(0);
  const places: Place[] = [
    ...count(writes).flatMap((write): Place[] => [
      { write, side: "before" },
      { write, side: "after" },
    ]),
    ...count(answers).map((answer): Place => ({ answer })),
  ];
  expect(places.length).toBeGreaterThan(70);
  const left = [...places];
  const wrong: string[] = [];
  let broke = 0;
  const lane = async (): Promise<void> => {
    for (let place = left.shift(); place !== undefined; place = left.shift()) {
      try {
        const life = await live(place);
        expect(life.ends).toEqual(ENDS);
        expect(life.ran).toEqual(RUN.toSorted());
        if ("write" in place ? life.writes >= place.write : life.answers >= place.answer) broke++;
      } catch (error) {
        wrong.push(`${JSON.stringify(place)}: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  expect(wrong.join("\n")).toBe("");
  // What runs together differs from life to life, and with it the number of writes.
  expect(broke).toBeGreaterThan(0.9 * places.length);
});
