import { LongshoreError } from "@longshore/core";
import { type JobRef, anything, checkOptions } from "@longshore/core/adapter";
import { type StoreState, PAUSED, STORE_CHECKS, type StoreOptions, openState } from "./state.ts";
import { claim } from "./claim.ts";
import { type ControlVerb, control } from "./control.ts";
import { insertJobs } from "./enqueue.ts";
import { counts, list } from "./inspect.ts";
import { storedJob } from "./job.ts";
import { prune } from "./prune.ts";
import type { ObjectStorage } from "./schema.ts";
import { advance, declare } from "./schedules.ts";
import { renew, settle } from "./settle.ts";
import { dueInMs, queueWaitsFor, oldest } from "./wake.ts";
import type { JobStore } from "../wire.ts";

/**
 * Keeps jobs in a Durable Object's SQLite storage, in its own tables (`longshore_…`), and runs none: for an object
 * whose jobs others claim. `createJobs` also runs them. Make one per object: its memory is right only if nobody else
 * writes its tables. Fails with `invalid_option`, `invalid_duration` or `invalid_name`.
 */
export function createStore(storage: ObjectStorage, options: StoreOptions = {}): JobStore {
  checkOptions("createStore", options, { ...STORE_CHECKS, autoStart: anything, changed: anything });
  return storeOver(openState(storage, options));
}

const NOT_COUNTED =
  "This object counts nothing: give JobsObject, createJobs or createStore the option `stats: statistics()`, of @longshore/core/stats.";

export function storeOver(state: StoreState): JobStore {
  const { tables, leases, paused, waiting } = state;
  const { read, write } = state.atomic;
  const operate = (verb: ControlVerb) => (refs: readonly JobRef[]) => write((now) => control(state, verb, refs, now));
  const setPaused = (queue: string, pausing: boolean): void =>
    write(() => {
      if (pausing) paused.add(queue);
      else paused.delete(queue);
      if (pausing) tables.setMeta(PAUSED + queue, 1);
      else tables.deleteMeta(PAUSED + queue);
      waiting.changed(queue);
    });

  return {
    enqueue: (jobs) => write((now) => insertJobs(state, jobs, now)),
    claim: ({ queues, leaseMs }) => write((now) => claim(state, queues, leaseMs, now)),
    settle: (settlements) => write((now) => settlements.map((one) => settle(state, one, now))),
    renew: (wanted, leaseMs) => write((now) => renew(state, wanted, leaseMs, now)),
    dueInMs: (wanted) => read((now) => dueInMs(state, wanted, now)),
    get: (refs) =>
      read((now) => {
        const why = queueWaitsFor(state, now);
        return refs.map(({ id }) => {
          const row = tables.find(id, now);
          return row && storedJob(row, leases.held.get(id), why(row.queue), now);
        });
      }),
    list: (request, most) => read((now) => list(state, request, most, now)),
    counts: (states) => read((now) => counts(state, now, states)),
    cancel: operate("cancel"),
    replay: operate("replay"),
    runNow: operate("runNow"),
    remove: operate("remove"),
    pause: (queue) => setPaused(queue, true),
    resume: (queue) => setPaused(queue, false),
    prune: (limit) => write((now) => prune(state, limit, now)),
    declare: (schedules) => write((now) => declare(state, schedules, now)),
    advance: (steps) => write((now) => advance(state, steps, now)),
    stats: (window) =>
      read((now) => {
        const { stats } = state;
        if (stats === undefined) throw new LongshoreError("invalid_option", NOT_COUNTED);
        return [{ ...stats.read(window, now), oldest: oldest(state, now) }];
      }),
  };
}
