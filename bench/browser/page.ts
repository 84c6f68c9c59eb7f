/** Runs in a page of Chromium. Each figure is of a database of its own. */
import type { NewJob } from "@longshore/core/adapter";
import { indexedDB as store } from "@longshore/indexeddb";
import * as theirs from "@workglow/indexeddb/job-queue";

/** What is used of theirs. Its types name files without their endings, which only a bundler's resolution finds. */
type TheirJob = { readonly input: { readonly n: number } };
type TheirQueue = {
  setupDatabase(): Promise<void>;
  add(job: TheirJob & { readonly run_after: null; readonly completed_at: null }): Promise<unknown>;
  next(workerId: string): Promise<TheirJob | undefined>;
  complete(job: TheirJob & { readonly status: "COMPLETED" }): Promise<void>;
};
const { IndexedDbQueueStorage } = theirs as unknown as {
  readonly IndexedDbQueueStorage: new (queue: string, options: { backupPollingIntervalMs: number }) => TheirQueue;
};

/** How many jobs a call has, and how many wait when it is measured. */
const BATCH = 100;
const WAITING = 2_000;
const FEW = 100;
const MANY = 100_000;
const CLAIMS = 20;

export type BrowserFigures = {
  /** Jobs per second, a hundred in a call; `raw`: a put for each, in a transaction for each hundred. */
  readonly enqueue: Readonly<Record<"raw" | "longshore" | "workglow", number>>;
  /** Jobs per second, claimed and settled: a hundred in a call, or one by one. */
  readonly drain: Readonly<Record<"longshore" | "longshoreOneByOne" | "workglow", number>>;
  /** Milliseconds of a claim and settlement of one job, with so many waiting. */
  readonly claimMs: Readonly<Record<number, number>>;
  readonly countsMs: Readonly<Record<number, number>>;
};

let made = 0;
let jobs = 0;
const newJob = (): NewJob => ({
  id: `01${String(++jobs).padStart(12, "0")}`,
  name: "task",
  queue: "default",
  payload: JSON.stringify({ n: jobs }),
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
});
const batch = (count = BATCH): NewJob[] => Array.from({ length: count }, newJob);
const newStore = () => store(`bench-${++made}`);
type Store = ReturnType<typeof newStore>;

async function ms(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function raw(): Promise<number> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(`raw-${++made}`);
    opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("jobs", { keyPath: "id" }));
    opening.addEventListener("success", () => resolve(opening.result));
    opening.addEventListener("error", () => reject(opening.error));
  });
  const put = (all: readonly NewJob[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const tx = db.transaction("jobs", "readwrite", { durability: "relaxed" });
      for (const job of all) tx.objectStore("jobs").put(job);
      tx.addEventListener("complete", () => resolve());
      tx.addEventListener("abort", () => reject(tx.error));
    });
  const took = await ms(async () => {
    for (let n = 0; n < WAITING; n += BATCH) await put(batch());
  });
  db.close();
  return took;
}

async function fill(jobs: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n += BATCH) await jobs.enqueue(batch());
}

/** Claims and settles jobs until as many have run. */
async function run(jobs: Store, count: number, limit: number): Promise<void> {
  for (let n = 0; n < count; n += limit) {
    const claimed = await jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 150_000 });
    await jobs.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  }
}

async function workglow(): Promise<{ enqueue: number; drain: number }> {
  const queue = new IndexedDbQueueStorage(`workglow-${++made}`, { backupPollingIntervalMs: 0 });
  await queue.setupDatabase();
  const one = () => ({ input: { n: ++jobs }, run_after: null, completed_at: null });
  const enqueue = await ms(async () => {
    for (let n = 0; n < WAITING; n += BATCH) await Promise.all(Array.from({ length: BATCH }, () => queue.add(one())));
  });
  const drain = await ms(async () => {
    for (let n = 0; n < WAITING; n++) {
      const job = await queue.next("worker");
      if (job === undefined) throw new Error("the queue is empty");
      await queue.complete({ ...job, status: "COMPLETED" });
    }
  });
  return { enqueue, drain };
}

async function measure(): Promise<BrowserFigures> {
  const perSecond = (took: number): number => Math.round((WAITING / took) * 1_000);
  const [one, other, large] = [newStore(), newStore(), newStore()];
  const rawMs = await raw();
  const enqueueMs = await ms(() => fill(one, WAITING));
  const drainMs = await ms(() => run(one, WAITING, BATCH));
  const theirs = await workglow();
  await fill(other, WAITING);
  const oneByOneMs = await ms(() => run(other, WAITING, 1));
  await fill(large, FEW + CLAIMS);
  const few = (await ms(() => run(large, CLAIMS, 1))) / CLAIMS;
  await fill(large, MANY - FEW);
  const many = (await ms(() => run(large, CLAIMS, 1))) / CLAIMS;
  const countsMs = await ms(() => large.counts());
  for (const opened of [one, other, large]) await opened.close();
  return {
    enqueue: { raw: perSecond(rawMs), longshore: perSecond(enqueueMs), workglow: perSecond(theirs.enqueue) },
    drain: {
      longshore: perSecond(drainMs),
      longshoreOneByOne: perSecond(oneByOneMs),
      workglow: perSecond(theirs.drain),
    },
    claimMs: { [FEW]: few, [MANY]: many },
    countsMs: { [MANY]: countsMs },
  };
}

Object.assign(globalThis, { measure });
