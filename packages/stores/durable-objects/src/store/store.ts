import { LongshoreError } from "@longshore/core";
import { type JobRef, anything, checkOptions } from "@longshore/core/adapter";
import { type Books, PAUSED, STORE_CHECKS, type StoreOptions, openBooks } from "./books.ts";
import { claim } from "./claim.ts";
import { type ControlVerb, control } from "./control.ts";
import { insertJobs } from "./enqueue.ts";
import { counts, list } from "./inspect.ts";
import { storedJob } from "./job.ts";
import { prune } from "./prune.ts";
import type { SqlHome } from "./schema.ts";
import { advance, declare } from "./schedules.ts";
import { renew, settle } from "./settle.ts";
import { dueInMs, heldBack, oldest } from "./wake.ts";
import type { JobStore } from "../wire.ts";

/**
 * Keeps jobs in a Durable Object's SQLite storage, in tables of its own (`longshore_…`), and runs none: for an object
 * whose jobs others claim. `createJobs` is this and runs them. One per object: what it keeps in memory is right only
 * while nobody else writes its tables. Fails with `invalid_option`, `invalid_duration` or `invalid_name`.
 */
export function createStore(storage: SqlHome, options: StoreOptions = {}): JobStore {
  checkOptions("createStore", options, { ...STORE_CHECKS, starter: anything, changed: anything });
  return storeOver(openBooks(storage, options));
}

const NOT_COUNTED = "This object was made without stats.";

export function storeOver(books: Books): JobStore {
  const { tables, leases, paused, waiting } = books;
  const { read, write } = books.atomic;
  const operate = (verb: ControlVerb) => (refs: readonly JobRef[]) => write((now) => control(books, verb, refs, now));
  const gate = (queue: string, closed: boolean): void =>
    write(() => {
      if (closed) paused.add(queue);
      else paused.delete(queue);
      if (closed) tables.mark(PAUSED + queue, 1);
      else tables.unmark(PAUSED + queue);
      waiting.changed(queue);
    });

  return {
    enqueue: (jobs) => write((now) => insertJobs(books, jobs, now)),
    claim: ({ queues, leaseMs }) => write((now) => claim(books, queues, leaseMs, now)),
    settle: (settlements) => write((now) => settlements.map((one) => settle(books, one, now))),
    renew: (wanted, leaseMs) => write((now) => renew(books, wanted, leaseMs, now)),
    dueInMs: (wanted) => read((now) => dueInMs(books, wanted, now)),
    get: (refs) =>
      read((now) => {
        const why = heldBack(books, now);
        return refs.map(({ id }) => {
          const row = tables.find(id, now);
          return row && storedJob(row, leases.held.get(id), why(row.queue), now);
        });
      }),
    list: (request, most) => read((now) => list(books, request, most, now)),
    counts: (states) => read((now) => counts(books, now, states)),
    cancel: operate("cancel"),
    replay: operate("replay"),
    runNow: operate("runNow"),
    remove: operate("remove"),
    pause: (queue) => gate(queue, true),
    resume: (queue) => gate(queue, false),
    prune: (limit) => write((now) => prune(books, limit, now)),
    declare: (schedules) => write((now) => declare(books, schedules, now)),
    advance: (steps) => write((now) => advance(books, steps, now)),
    stats: (window) =>
      read((now) => {
        const { stats } = books;
        if (stats === undefined) throw new LongshoreError("invalid_option", NOT_COUNTED);
        return [{ ...stats.read(window, now), oldest: oldest(books, now) }];
      }),
  };
}
