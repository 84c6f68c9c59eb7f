import type { Store as Contract } from "@longshore/core/adapter";
import { type Books, type StoreOptions, openBooks } from "./books.ts";
import { claim } from "./claim.ts";
import { control } from "./control.ts";
import { insertJobs } from "./enqueue.ts";
import { counts, list } from "./inspect.ts";
import { storedJob } from "./job.ts";
import { prune } from "./prune.ts";
import type { SqlHome } from "./schema.ts";
import { advance, declare } from "./schedules.ts";
import { renew, settle } from "./settle.ts";
import { dueInMs } from "./wake.ts";

export type Verb = Exclude<keyof Contract, "name" | "traits">;

/**
 * Every verb of the contract, but synchronous: each is one atomic operation, and part of a `transactionSync` around
 * it, with whose other writes it is committed or rolled back.
 */
export type JobStore = {
  readonly [V in Verb]: (...input: Parameters<Contract[V]>) => Awaited<ReturnType<Contract[V]>>;
};

/**
 * Keeps jobs in a Durable Object's SQLite storage, in tables of its own (`longshore_…`). For an object of yours that
 * hands out its jobs itself; `createJobs` is this and runs them. One per object: what it keeps in memory is
 * right only while nobody else writes its tables.
 */
export function createStore(storage: SqlHome, options: StoreOptions = {}): JobStore {
  return storeOver(openBooks(storage, options));
}

export function storeOver(books: Books): JobStore {
  const { tables, atomic, leases, options } = books;
  const now = (): number => options.clock();
  const write = atomic.run;
  const read = <T>(work: () => T): T => {
    atomic.fresh();
    return work();
  };
  const pause = (queue: string, stops: boolean): void =>
    write(() => {
      if (books.paused.has(queue) === stops) return;
      const id = `paused:${queue}`;
      if (stops) {
        tables.sql("INSERT INTO longshore_meta VALUES (?,?,1)", id, tables.stamp("meta", id));
        books.paused.add(queue);
      } else {
        tables.sql("DELETE FROM longshore_meta WHERE id=?", id);
        tables.lastWrite = { table: "meta", id, rev: undefined };
        books.paused.delete(queue);
      }
    });

  return {
    enqueue: (jobs) => write(() => insertJobs(books, jobs, now())),
    claim: ({ queues, leaseMs }) => write(() => claim(books, queues, leaseMs, now())),
    settle: (settlements) => write(() => settlements.map((one) => settle(books, one, now()))),
    renew: (wanted, leaseMs) => write(() => renew(books, wanted, leaseMs, now())),
    dueInMs: (wanted) => read(() => dueInMs(books, wanted, now())),
    get: (refs) =>
      read(() =>
        refs.map(({ id }) => {
          const row = tables.find(id, now());
          return row && storedJob(row, leases.held.get(id), now());
        }),
      ),
    list: (request) => read(() => list(books, request, now())),
    counts: () => read(() => counts(books, now())),
    cancel: (refs) => write(() => control(books, "cancel", refs, now())),
    replay: (refs) => write(() => control(books, "replay", refs, now())),
    runNow: (refs) => write(() => control(books, "runNow", refs, now())),
    remove: (refs) => write(() => control(books, "remove", refs, now())),
    pause: (queue) => pause(queue, true),
    resume: (queue) => pause(queue, false),
    prune: (limit) => write(() => prune(books, limit, now())),
    declare: (names) => write(() => declare(books, names, now())),
    advance: (step) => write(() => advance(books, step, now())),
  };
}
