import type { Duration, Logger } from "@longshore/core";
import {
  type Change,
  type Checks,
  type Closing,
  type Depth,
  type EnqueueAnswer,
  type JobRef,
  type KeyRef,
  type Keys,
  type Lease,
  type ListSchedules,
  type NewJob,
  type Notify,
  type PauseFor,
  type Presence,
  type Settlement,
  type Stats,
  type Store,
  type Update,
  aFunction,
  aLease,
  aLogger,
  checkOptions,
  createClosing,
  createGroups,
  duration,
  integer,
  mustBe,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { claim } from "./claim.ts";
import { type ControlVerb, operate, pause } from "./control.ts";
import { createCounting } from "./counting.ts";
import { enqueue } from "./enqueue.ts";
import { counts, depth, get } from "./inspect.ts";
import { checkJob, checkKey, checkText } from "./job.ts";
import { release } from "./keys.ts";
import { list } from "./list.ts";
import { type Subscribe, createNotifications } from "./notify.ts";
import { aPrefix } from "./prefix.ts";
import { inParts } from "./parts.ts";
import { announce, workers } from "./presence.ts";
import { prune } from "./prune.ts";
import { renew } from "./renew.ts";
import { advance, declare, listSchedules } from "./schedules.ts";
import { type Send, createRun } from "./script.ts";
import { warnAbout } from "./server.ts";
import { settle, tellCreated } from "./settle.ts";
import { type RedisTraits, traitsOf } from "./traits.ts";
import { update } from "./update.ts";
import { dueInMs } from "./wake.ts";

export type Redis = Store<RedisTraits> & Keys & Depth & PauseFor & Update & ListSchedules & Notify & Presence & Closing;
export type RedisOptions = {
  /**
   * Sends a command: `ioredis`, `nodeRedis`, `glide`, `sockets` or `upstash` of this package's entries, or a function of your own
   * over any other client.
   */
  readonly send: Send;
  /** Listens for jobs of other processes. Default: none; workers then find these when they poll. */
  readonly subscribe?: Subscribe | undefined;
  /** Closes what the sender has opened; called by the store's `close`. Default: nothing, the client stays yours. */
  readonly close?: (() => unknown) | undefined;
  /**
   * With what the names of all keys begin; use one for each app or tenant. It has a hash tag, so that a cluster keeps
   * them together. Default: `"{longshore}:"`.
   */
  readonly prefix?: string | undefined;
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; the oldest are dropped first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /**
   * Makes the figures for `readStats`: the function `statistics` of `@longshore/core/stats`. Each process counts, and
   * reads what the others have counted. Default: nothing is counted.
   */
  readonly stats?: (() => Statistics) | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: the server's clock. */
  readonly clock?: (() => number) | undefined;
  /** Where it warns about the server's settings and lost subscriptions. Default: `console`. */
  readonly log?: Logger | undefined;
};

const CHECKS: Checks<RedisOptions> = {
  send: aFunction,
  subscribe: aFunction,
  close: aFunction,
  prefix: aPrefix,
  lease: aLease,
  deadKeep: duration(),
  maxDead: integer(0),
  stats: aFunction,
  clock: aFunction,
  log: aLogger,
};

const aSender = mustBe(
  "an object with send, as in redis({ ...ioredis(client) })",
  (value) => typeof Object(value).send === "function",
);
/** Other stores have their options there. Not read, they would leave the jobs of every prefix in one store. */
const noOptions = mustBe(
  "left out, as in redis({ ...ioredis(client), ...options })",
  (value) => Object(value) !== value,
);

/** What goes into one script. A script holds up all other work of the server, and its arguments are one message. */
const AT_ONCE = { items: 1_000, weight: 4_000_000 };
/** At most two scripts with new jobs are under way; what comes meanwhile goes with the next. */
const ENQUEUES = { ...AT_ONCE, lanes: 2, weigh: weightOfJob };

/**
 * Keeps jobs in Redis 6.2 or newer, or Valkey, through the client that the app already has. Fails with `invalid_option`
 * or `invalid_duration`; every call fails with `invalid_option` if the keys are of a newer version. An error of the
 * client is passed on; the worker repeats what it was about, and a queue fails with `enqueue_failed` or `backend_failed`
 * and may be asked again.
 *
 * ```ts
 * const jobs = redis({ ...ioredis(new Redis(url)) });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function redis(options: RedisOptions & { readonly stats: () => Statistics }): Redis & Stats;
export function redis(options: RedisOptions): Redis;
export function redis(options: RedisOptions, second?: unknown): Redis & Partial<Stats> {
  aSender(options, "options of redis");
  noOptions(second, "second argument of redis");
  checkOptions("redis", options, CHECKS);
  const { send, prefix = "{longshore}:", lease = "30s", deadKeep = "30d", maxDead = 10_000 } = options;
  const { clock, log = console } = options;

  const closing = createClosing("redis", async () => {
    await close();
    await counting?.close();
    await options.close?.();
  });
  const sendOpen: Send = async (command) => {
    closing.check();
    return send(command);
  };
  const run = createRun(sendOpen, prefix, () => (clock === undefined ? "" : String(clock())));
  const { wake, onWake, close } = createNotifications(options.subscribe, `${prefix}wake`, log);
  const counting = options.stats && createCounting(run, options.stats, log);
  const bounds = { maxDead, deadKeepMs: Math.ceil(toMs(deadKeep)) };
  const inScripts = <Item, Answer>(send: (items: readonly Item[]) => Promise<readonly Answer[]>) =>
    inParts(send, () => 0, AT_ONCE);
  const control = (verb: ControlVerb) => {
    const operateInParts = inScripts((refs: readonly JobRef[]) => operate(run, verb, refs));
    return async (refs: readonly JobRef[]) => {
      const answers = await operateInParts(refs);
      wake();
      return answers;
    };
  };
  const releaseInParts = inScripts((keys: readonly KeyRef[]) => release(run, keys));
  const enqueueNow = async (jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]> => {
    const { answers, now } = await enqueue(run, jobs);
    tellCreated(jobs, answers, now, counting);
    return answers;
  };
  const enqueueGrouped = createGroups(enqueueNow, ENQUEUES);
  /** Jobs that come after others exist together or not at all, in a script of their own. */
  const enqueueLinked = async (jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]> => {
    const weight = jobs.reduce((sum, job) => sum + weightOfJob(job), 0);
    if (jobs.length <= AT_ONCE.items && weight <= AT_ONCE.weight) return enqueueNow(jobs);
    const message = `a call with jobs that come after others has at most ${AT_ONCE.items} jobs of ${AT_ONCE.weight} bytes together, and this one ${jobs.length} of ${weight}; enqueue the parents before`;
    return jobs.map(() => ({ status: "failed", message }));
  };
  const enqueueInGroups = (jobs: readonly NewJob[]): Promise<readonly EnqueueAnswer[]> =>
    jobs.some(({ after }) => after !== undefined) ? enqueueLinked(jobs) : enqueueGrouped(jobs);
  // At once: a worker that gives a job back claims again in the same turn.
  const settleInParts = inParts((all: readonly Settlement[]) => settle(run, all, counting, wake), weightOf, AT_ONCE);
  const updateInParts = inParts((all: readonly Change[]) => update(run, all), weightOfChange, AT_ONCE);
  /** Only who stays is told: a process that lives for one request would ask each time. */
  let looked = false;
  const look = (): void => {
    if (!looked) void warnAbout(send, log);
    looked = true;
  };

  return {
    name: "redis",
    traits: traitsOf(toMs(lease)),

    async enqueue(jobs) {
      for (const job of jobs) checkJob(job); // before the first of several scripts is sent
      const answers = await enqueueInGroups(jobs);
      wake();
      return answers;
    },
    async claim(request) {
      const jobs = await claim(run, request);
      // Others may have waited for the end of those.
      if (jobs.some(({ expired }) => expired)) wake();
      return jobs;
    },
    async settle(settlements) {
      for (const { next = [] } of settlements) next.forEach(checkJob);
      const answers = await settleInParts(settlements);
      if (settlements.some(({ outcome, next }) => outcome.type !== "complete" || next !== undefined)) wake();
      return answers;
    },
    renew: (leases, leaseMs) => inScripts((some: readonly Lease[]) => renew(run, some, leaseMs))(leases),

    dueInMs: (wanted) => dueInMs(run, wanted),
    onWake(listener) {
      look();
      return onWake(listener);
    },

    get: (refs) => get(run, refs),
    list: (request) => list(run, request),
    counts: () => counts(run),
    depth: (queue) => depth(run, queue),

    cancel: control("cancel"),
    replay: control("replay"),
    runNow: control("runNow"),
    remove: control("remove"),
    async update(changes) {
      const answers = await updateInParts(changes);
      wake();
      return answers;
    },
    async pause(queue) {
      checkText(queue, "name of a queue", "invalid_name", 255);
      await pause(run, queue, "pause");
    },
    async pauseFor(queue, forMs) {
      checkText(queue, "name of a queue", "invalid_name", 255);
      await pause(run, queue, forMs);
    },
    async resume(queue) {
      checkText(queue, "name of a queue", "invalid_name", 255);
      await pause(run, queue, "resume");
      wake();
    },
    async release(keys) {
      for (const { key } of keys) checkKey(key);
      const answers = await releaseInParts(keys);
      wake();
      return answers;
    },
    prune: (limit) => prune(run, limit, bounds),

    declare: (schedules) => declare(run, schedules),
    async advance(steps) {
      for (const { job } of steps) if (job !== undefined) checkJob(job);
      const answers = await advance(run, steps, counting);
      wake();
      return answers;
    },

    listSchedules: (request) => listSchedules(run, request),

    announce: (worker, forMs) => announce(run, worker, forMs),
    workers: () => workers(run),
    ...(counting && { stats: counting.stats }),

    ...closing.methods,
  };
}

/** Parents weigh more than their ids: a script reads each. */
function weightOfJob({ payload, after }: NewJob): number {
  return (after?.jobs ?? []).reduce((sum, { id }) => sum + id.length + 100, payload.length);
}

function weightOfChange({ data }: Change): number {
  return data?.payload.length ?? 0;
}

function weightOf({ outcome, next = [] }: Settlement): number {
  const result = outcome.type === "complete" ? (outcome.result?.length ?? 0) : 4_000;
  return next.reduce((sum, job) => sum + weightOfJob(job), result);
}
