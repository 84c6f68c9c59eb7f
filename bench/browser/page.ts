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

/** How many jobs a call has, and how many calls are measured. */
const BATCH = 100;
const CALLS = 40;
/** How many jobs are claimed and settled one by one. */
const LONE = 200;
const FEW = 100;
const MANY = 100_000;
const CLAIMS = 100;
const DAY_MS = 86_400_000;

/** Of calls that were made in turn, so that what else the machine does slows all alike; by their median. */
type Medians<Name extends string> = Readonly<Record<Name, number>>;
export type BrowserFigures = {
  /**
   * Jobs per second, a hundred in a call; `raw`: a put for each, in a transaction for each hundred; `indexed`: the same, with
   * one index. All but `strict` are with the browser's relaxed durability, which is what @workglow/indexeddb uses.
   */
  readonly enqueue: Medians<"raw" | "indexed" | "longshore" | "strict" | "workglow">;
  /** Jobs per second, claimed and settled one by one; `raw`: a read and a put in one transaction, a deletion in the next. */
  readonly oneByOne: Medians<"raw" | "longshore" | "strict" | "workglow">;
  /**
   * Jobs per second, claimed and settled by the hundred, from nearly 4 000 waiting to none. `raw` reads and deletes a hundred in
   * one request each. @workglow/indexeddb has no call for many, so its calls are made at once, each when it can.
   * `kept`: completed jobs stay, as theirs do.
   */
  readonly drain: Medians<"raw" | "longshore" | "strict" | "kept" | "workglow">;
  /** Milliseconds of a claim and settlement of one job, with so many waiting. */
  readonly claimMs: Medians<`${number}`>;
  readonly countsMs: Readonly<Record<number, number>>;
};

let made = 0;
let jobs = 0;
const newJob = (keepMs: number): NewJob => ({
  id: `01${String(++jobs).padStart(12, "0")}`,
  name: "task",
  queue: "default",
  payload: JSON.stringify({ n: jobs }),
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs,
});
const batch = (keepMs = 0): NewJob[] => Array.from({ length: BATCH }, () => newJob(keepMs));
const newStore = (durability: "relaxed" | "strict" = "relaxed") => store(`bench-${++made}`, { durability });
type Store = ReturnType<typeof newStore>;

async function ms(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Milliseconds of one call of each, by the median of so many. Who is first changes with each round. */
async function inTurn<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[]; // it has no others
  const took = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length];
      if (name !== undefined) took.get(name)?.push(await ms(contestants[name]));
    }
  }
  const median = (all: number[] = []): number => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
  return Object.fromEntries(names.map((name) => [name, median(took.get(name))])) as Record<Name, number>;
}

function perSecond<Name extends string>(jobs: number, took: Record<Name, number>): Record<Name, number> {
  const rates = Object.entries<number>(took).map(([name, each]) => [name, Math.round((jobs / each) * 1_000)]);
  return Object.fromEntries(rates) as Record<Name, number>; // the same names
}

/** What any store must do whose jobs have leases. */
type Raw = {
  put(jobs: readonly NewJob[]): Promise<void>;
  /** Reads the first jobs and puts them back, as a claim must; then deletes them. */
  run(limit: number): Promise<void>;
  close(): void;
};

/** `index`: of the order in which jobs are claimed. */
async function openRaw(index?: readonly (keyof NewJob)[]): Promise<Raw> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(`raw-${++made}`);
    opening.addEventListener("upgradeneeded", () => {
      const jobs = opening.result.createObjectStore("jobs", { keyPath: "id" });
      if (index !== undefined) jobs.createIndex("turn", [...index]);
    });
    opening.addEventListener("success", () => resolve(opening.result));
    opening.addEventListener("error", () => reject(opening.error));
  });
  const write = (work: (store: IDBObjectStore) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const tx = db.transaction("jobs", "readwrite", { durability: "relaxed" });
      work(tx.objectStore("jobs"));
      tx.addEventListener("complete", () => resolve());
      tx.addEventListener("abort", () => reject(tx.error));
    });
  return {
    put: (all) =>
      write((jobs) => {
        for (const job of all) jobs.put(job);
      }),
    async run(limit) {
      let taken: readonly NewJob[] = [];
      await write((jobs) => {
        const reading = jobs.getAll(undefined, limit);
        reading.addEventListener("success", () => {
          taken = reading.result;
          for (const job of taken) jobs.put({ ...job, lease: 1 });
        });
      });
      await write((jobs) => {
        const [first, last] = [taken[0]?.id, taken.at(-1)?.id];
        if (first !== undefined && last !== undefined) jobs.delete(IDBKeyRange.bound(first, last));
      });
    },
    close: () => db.close(),
  };
}

async function fill(jobs: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n += BATCH) await jobs.enqueue(batch());
}

/** Claims and settles. */
async function run(jobs: Store, limit: number): Promise<void> {
  const claimed = await jobs.claim({ queues: [{ name: "default", limit }], leaseMs: 150_000 });
  if (claimed.length !== limit) throw new Error(`${claimed.length} jobs were claimed, and not ${limit}`);
  await jobs.settle(claimed.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
}

async function openWorkglow() {
  const queue = new IndexedDbQueueStorage(`workglow-${++made}`, { backupPollingIntervalMs: 0 });
  await queue.setupDatabase();
  const one = () => ({ input: { n: ++jobs }, run_after: null, completed_at: null });
  return {
    enqueue: () => Promise.all(Array.from({ length: BATCH }, () => queue.add(one()))),
    async runOne() {
      const job = await queue.next("worker");
      if (job === undefined) throw new Error("the queue is empty");
      await queue.complete({ ...job, status: "COMPLETED" });
    },
  };
}

async function measure(): Promise<BrowserFigures> {
  const [raw, longshore, strict, workglow] = [await openRaw(), newStore(), newStore("strict"), await openWorkglow()];
  const indexed = await openRaw(["queue", "priority", "id"]);
  const enqueue = await inTurn(CALLS, {
    raw: () => raw.put(batch()),
    indexed: () => indexed.put(batch()),
    longshore: () => longshore.enqueue(batch()),
    strict: () => strict.enqueue(batch()),
    workglow: workglow.enqueue,
  });
  const oneByOne = await inTurn(LONE, {
    raw: () => raw.run(1),
    longshore: () => run(longshore, 1),
    strict: () => run(strict, 1),
    workglow: workglow.runOne,
  });
  const kept = newStore();
  for (let n = 0; n < CALLS; n++) await kept.enqueue(batch(DAY_MS));
  const drain = await inTurn(CALLS - LONE / BATCH, {
    raw: () => raw.run(BATCH),
    longshore: () => run(longshore, BATCH),
    strict: () => run(strict, BATCH),
    kept: () => run(kept, BATCH),
    workglow: () => Promise.all(Array.from({ length: BATCH }, workglow.runOne)),
  });
  const [few, many] = [newStore(), newStore()];
  await fill(few, FEW + CLAIMS);
  await fill(many, MANY + CLAIMS);
  const claimMs = await inTurn(CLAIMS, { [FEW]: () => run(few, 1), [MANY]: () => run(many, 1) });
  const countsMs = await ms(() => many.counts());
  for (const opened of [raw, indexed]) opened.close();
  for (const opened of [longshore, strict, kept, few, many]) await opened.close();
  return {
    enqueue: perSecond(BATCH, enqueue),
    oneByOne: perSecond(1, oneByOne),
    drain: perSecond(BATCH, drain),
    claimMs,
    countsMs: { [MANY]: countsMs },
  };
}

Object.assign(globalThis, { measure });
