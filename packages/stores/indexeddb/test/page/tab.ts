import { newJob } from "@longshore/conformance/tools";
import type { NewJob } from "@longshore/core/adapter";
import { indexedDB } from "../../src/index.ts";
import { answerTo } from "../../src/transaction.ts";

/*
 * What a test calls in a tab or a worker of a site. Leases last for an hour, so that no slow machine ends one.
 */
const name = "shared";
const HOUR = 3_600_000;
const store = indexedDB(name, { lease: "1h" });
const claimOf = (limit: number) => store.claim({ queues: [{ name: "default", limit }], leaseMs: HOUR });
let rounds = 0;
let woken = 0;
const filled: string[] = [];

const calls = {
  /** Enqueues jobs with a payload of this size. */
  async enqueue(from: number, count: number, bytes = 10, parts: Partial<NewJob> = {}) {
    const payload = JSON.stringify("x".repeat(bytes));
    const job = (n: number) => newJob(`job-${n}`, { payload, keepMs: 0, ...parts });
    return store.enqueue(Array.from({ length: count }, (_, i) => job(from + i)));
  },
  /** Enqueues a job that is not kept, with more that it asks for. */
  enqueueOne: (id: string, parts: Partial<NewJob>) => store.enqueue([newJob(id, { keepMs: 0, ...parts })]),
  /** Enqueues one after the other, and tells each that was acknowledged, for as long as the tab lives. */
  async enqueueForever() {
    const { told } = globalThis as unknown as { told(id: string): Promise<void> }; // exposed by the test
    for (let i = 0; ; i++) {
      await store.enqueue([newJob(`job-${i}`)]);
      await told(`job-${i}`);
    }
  },
  /** Enqueues so many jobs of this size at a time until it is refused, and says why. They are not due for an hour. */
  async fill(count: number, bytes: number): Promise<{ code: string; message: string }> {
    // Browsers compress what they store.
    const payload = JSON.stringify(
      Array.from({ length: bytes }, () => 32 + Math.floor(Math.random() * 95))
        .map((code) => String.fromCharCode(code))
        .join(""),
    );
    const job = (n: number) => newJob(`full-${bytes}-${n}`, { payload, due: { inMs: HOUR } });
    for (let n = 0; ; n += count) {
      try {
        const jobs = Array.from({ length: count }, (_, i) => job(n + i));
        await store.enqueue(jobs);
        filled.push(...jobs.map(({ id }) => id));
      } catch (error) {
        const { code, message } = error as { code: string; message: string }; // or the test says what else it was
        return { code, message };
      }
    }
  },
  /** The ids of jobs that were taken before it was full. */
  filled: async () => filled,
  /** Claims and settles until nothing is due. Returns the ids. */
  async drain(limit: number) {
    const ids: string[] = [];
    for (let jobs = await claimOf(limit); jobs.length > 0; jobs = await claimOf(limit)) {
      await store.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      ids.push(...jobs.map(({ id }) => id));
    }
    return ids;
  },
  /** Claims so many jobs and completes all but these. */
  async completeAllBut(left: readonly string[], limit: number) {
    const jobs = await claimOf(limit);
    const done = jobs.filter(({ id }) => !left.includes(id));
    return store.settle(done.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
  },
  take: async (limit: number) => (await claimOf(limit)).length,
  /** How many jobs run each time that this tab has claimed some, until so many have been settled by all tabs. */
  async running(most: number) {
    const counts: number[] = [];
    for (let left = most; left > 0;) {
      const jobs = await claimOf(5);
      const [queue] = await store.counts();
      if (jobs.length > 0) counts.push(queue?.counts.active ?? 0);
      await store.settle(jobs.map(({ id, token }) => ({ id, token, outcome: { type: "complete" } })));
      left = (await store.list({ limit: most })).jobs.length;
    }
    return counts;
  },
  /** Hardly ever has no transaction open. */
  async keepBusy() {
    for (;;) {
      await store.enqueue([newJob("busy")]);
      rounds++;
    }
  },
  rounds: async () => rounds,
  /** The connection of the next transaction dies, of which the browser tells nobody. */
  async loseConnection() {
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      IDBDatabase.prototype.transaction = transaction;
      this.close();
      return transaction.apply(this, given);
    };
  },
  /** With which durability a call of one of these functions writes. */
  async durabilities(called: string, ...input: unknown[]) {
    const found: string[] = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const tx = transaction.apply(this, given);
      found.push(tx.durability);
      return tx;
    };
    await Reflect.get(globalThis, called)(...input);
    IDBDatabase.prototype.transaction = transaction;
    return found;
  },
  /** The requests that a call of one of these functions sends to the database, by their transactions. */
  async requestsOf(called: string, ...input: unknown[]) {
    const requests: string[][] = [];
    const undo: (() => void)[] = [];
    const watch = (of: { prototype: object }, methods: readonly string[], seen: (method: string) => void): void => {
      for (const method of methods) {
        const own: unknown = Reflect.get(of.prototype, method);
        undo.push(() => Reflect.set(of.prototype, method, own));
        Reflect.set(of.prototype, method, function (this: object, ...given: unknown[]): unknown {
          seen(method);
          return Reflect.apply(own as typeof watch, this, given); // it is a method
        });
      }
    };
    const reads = ["get", "getKey", "getAll", "getAllKeys", "count", "openCursor", "openKeyCursor"];
    watch(IDBDatabase, ["transaction"], () => requests.push([]));
    watch(IDBObjectStore, [...reads, "add", "put", "delete"], (method) => requests.at(-1)?.push(method));
    watch(IDBIndex, reads, (method) => requests.at(-1)?.push(`${method} by an index`));
    await Reflect.get(globalThis, called)(...input);
    for (const put of undo) put();
    return requests;
  },
  async listen() {
    store.onWake(() => woken++);
  },
  woken: async () => woken,
  async ids() {
    const found: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.list({ limit: 1_000, cursor });
      found.push(...page.jobs.map(({ id }) => id));
      ({ cursor } = page);
      if (cursor === undefined) return found;
    }
  },
  prune: () => store.prune(1),
  close: () => store.close(),
  /** What a call fails with; undefined if it does not. */
  failure: (): Promise<{ code: string; message: string } | undefined> =>
    store.counts().then(
      () => undefined,
      ({ code, message }) => ({ code, message }),
    ),
  /** Opens the database at a version, as code does that is newer, or that closes it for nobody. */
  openRaw: (version: number) =>
    new Promise<number>((resolve, reject) => {
      const request = globalThis.indexedDB.open(`longshore:${name}`, version);
      request.addEventListener("error", () => reject(request.error));
      request.addEventListener("success", () => resolve(request.result.version));
    }),
  /** Calls one of these functions in a worker of this tab, or in the site's service worker. */
  async inWorker(kind: "worker" | "service worker", called: string, ...input: unknown[]) {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => port1.addEventListener("message", ({ data }) => resolve(data)));
    port1.start();
    const worker = kind === "worker" ? new Worker("/script.js") : await serviceWorker();
    worker.postMessage([called, ...input], [port2]);
    return answer;
  },
  /** Makes the database one of an earlier version, without these tables and indexes; the rows of other jobs are the same. */
  async becomeVersion(version: number, without: readonly string[]) {
    await store.close();
    const database = `longshore:${name}`;
    const db = await answerTo(globalThis.indexedDB.open(database));
    const tables = [...db.objectStoreNames].filter((table) => !without.includes(table));
    const tx = db.transaction(tables);
    const read = async (table: string) => {
      const rows = tx.objectStore(table);
      const { keyPath } = rows;
      const indexes = [...rows.indexNames]
        .filter((index) => !without.includes(index))
        .map((index) => rows.index(index));
      const paths = indexes.map((index) => [index.name, index.keyPath] as const);
      return { table, keyPath, paths, keys: await answerTo(rows.getAllKeys()), all: await answerTo(rows.getAll()) };
    };
    const found = await Promise.all(tables.map(read));
    db.close();
    await answerTo(globalThis.indexedDB.deleteDatabase(database));
    const opening = globalThis.indexedDB.open(database, version);
    opening.addEventListener("upgradeneeded", () => {
      for (const { table, keyPath, paths, keys, all } of found) {
        const rows = opening.result.createObjectStore(table, { keyPath });
        for (const [index, path] of paths) rows.createIndex(index, path);
        all.forEach((row, i) => (keyPath === null ? rows.put(row, keys[i]) : rows.put(row)));
      }
    });
    (await answerTo(opening)).close();
  },
  /** From now on this tab runs the next version of the store's tables. */
  async becomeNewer() {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (this: IDBFactory, of: string, version = 0) {
      return open.call(this, of, version + 1);
    };
  },
};

Object.assign(globalThis, calls);

// In a worker, the tab asks by message.
if (typeof document === "undefined") {
  addEventListener("message", async ({ data: [called, ...input], ports: [port] }) => {
    port?.postMessage(await Reflect.get(globalThis, called)(...input));
  });
}

async function serviceWorker(): Promise<ServiceWorker> {
  await navigator.serviceWorker.register("/script.js");
  const { active } = await navigator.serviceWorker.ready;
  if (active === null) throw new Error("a service worker that is ready is active");
  return active;
}
