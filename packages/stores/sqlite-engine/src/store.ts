import { LongshoreError } from "@longshore/core";
import type {
  Depth,
  JobPage,
  JobRef,
  Keys,
  ListRequest,
  PauseFor,
  ListSchedules,
  Stats,
  Store,
  Update,
} from "@longshore/core/adapter";
import { type StoreState, PAUSED } from "./state.ts";
import { claim } from "./claim.ts";
import { type ControlVerb, control } from "./control.ts";
import { insertJobs } from "./enqueue.ts";
import { counts, list } from "./inspect.ts";
import { storedJob } from "./job.ts";
import { release } from "./key-moves.ts";
import { prune } from "./prune.ts";
import { advance, declare, listSchedules } from "./schedules.ts";
import { renew, settle } from "./settle.ts";
import { update } from "./update.ts";
import { THROTTLED_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import { depth, dueInMs, queueWaitsFor, oldest } from "./wake.ts";

type Contract = Store & Keys & Depth & PauseFor & Update & ListSchedules & Stats;
type Verb = Exclude<keyof Contract, "name" | "traits">;

/**
 * Every verb of the contract, but synchronous. Each is one atomic operation, and part of any transaction around it: it
 * is committed or rolled back together with the other writes there.
 */
export type JobStore = {
  readonly [V in Exclude<Verb, "list">]: (...input: Parameters<Contract[V]>) => Awaited<ReturnType<Contract[V]>>;
} & {
  /** `most`: how many characters the page may have before its last job. Default: 8 000 000. */
  list(request: ListRequest, most?: number): JobPage;
};

const NOT_COUNTED = "This store counts nothing: give it the option `stats: statistics()`, of @longshore/core/stats.";

/** The verbs over a state that `openState` made. */
export function storeOver(state: StoreState): JobStore {
  const { tables, leases, paused, waiting } = state;
  const { read, write } = state.atomic;
  const operate = (verb: ControlVerb) => (refs: readonly JobRef[]) => write((now) => control(state, verb, refs, now));
  /** `until`: undefined to resume it. */
  const setPaused = (queue: string, until: (now: number) => number | undefined): void =>
    write((now) => {
      const end = until(now);
      if (end === undefined) {
        paused.delete(queue);
        tables.deleteMeta(PAUSED + queue);
      } else {
        // Older code would not end it.
        if (end < Infinity) raiseFormat(tables, THROTTLED_FORMAT);
        const later = Math.max(end, paused.get(queue) ?? 0);
        paused.set(queue, later);
        tables.setMeta(PAUSED + queue, later === Infinity ? 1 : later);
      }
      waiting.changed(queue);
    });

  return {
    enqueue: (jobs) => write((now) => insertJobs(state, jobs, now)),
    claim: (request) => write((now) => claim(state, request, now)),
    settle: (settlements) => write((now) => settle(state, settlements, now)),
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
    depth: (queue) => read((now) => depth(state, queue, now)),
    cancel: operate("cancel"),
    replay: operate("replay"),
    runNow: operate("runNow"),
    remove: operate("remove"),
    update: (changes) => write((now) => update(state, changes, now)),
    pause: (queue) => setPaused(queue, () => Infinity),
    pauseFor: (queue, forMs) => setPaused(queue, (now) => now + forMs),
    resume: (queue) => setPaused(queue, () => undefined),
    release: (refs) => write((now) => release(state, refs, now)),
    prune: (limit) => write((now) => prune(state, limit, now)),
    declare: (schedules) => write((now) => declare(state, schedules, now)),
    advance: (steps) => write((now) => advance(state, steps, now)),
    listSchedules: (request) => read((now) => listSchedules(state, request, now)),
    stats: (window) =>
      read((now) => {
        const { stats } = state;
        if (stats === undefined) throw new LongshoreError("invalid_option", NOT_COUNTED);
        return [{ ...stats.read(window, now), oldest: oldest(state, now) }];
      }),
  };
}
