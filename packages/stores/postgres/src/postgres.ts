import {
  type Closing,
  type Depth,
  type JobRef,
  type Keys,
  type ListSchedules,
  type NewJob,
  type Notify,
  type PauseFor,
  type Presence,
  type Stats,
  type Store,
  type Update,
  type Within,
  checkOptions,
  completeWithin,
  createClosing,
  createGroups,
  toMs,
} from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { claim } from "./claim.ts";
import { type PostgresClient, type PostgresTransaction, queryIn, queryOf, surviveLostConnections } from "./client.ts";
import { type ControlVerb, operate } from "./control.ts";
import { createCounting, deferred } from "./counting.ts";
import { checkNames, createEnqueue, enqueue } from "./enqueue.ts";
import { enqueueKeyed } from "./enqueue-keyed.ts";
import { type Heads, mayOvertake } from "./heads.ts";
import { isCreated, isKeyed } from "./keyed-jobs.ts";
import { counts, get, list } from "./inspect.ts";
import { migrate } from "./migrations.ts";
import { channelOf, createNotifications } from "./notify.ts";
import { CHECKS, type PostgresOptions } from "./options.ts";
import { pause, pauseFor, resume } from "./pauses.ts";
import { createPlaces } from "./places.ts";
import { announce, workers } from "./presence.ts";
import { prune } from "./prune.ts";
import { depth } from "./depths.ts";
import { isAboutData, patient, plain } from "./query.ts";
import { release } from "./release.ts";
import { renew } from "./renew.ts";
import { advance, declare, listSchedules } from "./schedules.ts";
import { settle } from "./settle.ts";
import { checkStorable } from "./text.ts";
import { type PostgresTraits, traitsOf } from "./traits.ts";
import { update } from "./update.ts";
import { dueInMs } from "./wake.ts";

/** The part of a store that works in your open transaction. */
export type PostgresWithin = Within<PostgresTraits>;

export type Postgres = Store<PostgresTraits> &
  Keys &
  Update &
  PauseFor &
  ListSchedules &
  Depth &
  Notify &
  Presence &
  Closing & {
    /**
     * Creates the schema, or brings it to this version. Any number of instances may call it at once, at each start; a
     * schema that is up to date is only looked at. Fails with `invalid_option` if a newer version of this package has
     * changed it so that this one no longer works, and with `backend_failed`.
     */
    migrate(): Promise<void>;
    /**
     * Enqueues jobs in an open transaction, or completes the job of a handler in it: both count if and only if it
     * commits. Takes the transaction's client, or a function that sends a statement in it. A transaction that fails with
     * a deadlock or a serialization failure is yours to repeat. Fails with `invalid_option` for a pool, or without a BEGIN.
     *
     * ```ts
     * await sql.begin(async (transaction) => {
     *   await transaction`INSERT INTO orders VALUES (${id})`;
     *   await createQueue(jobs.within(transaction)).enqueue(confirm, { id });
     *   await jobs.within(transaction).complete(context);
     * });
     * ```
     */
    within(client: PostgresTransaction): PostgresWithin;
  };

/** At most two statements with new jobs are under way; what comes meanwhile goes with the next. */
const LIMITS = {
  lanes: 2,
  items: 1_000,
  weight: 8_000_000,
  weigh: ({ payload }: NewJob): number => payload.length,
  isAboutOne: isAboutData,
};

/**
 * Keeps jobs in PostgreSQL 13 or newer, in tables of its own, through the client that the app already has. Call
 * `migrate` before the first use. Fails with `invalid_option` or `invalid_duration`. An error of the client is passed
 * on; the worker repeats what it was about, and a queue fails with `enqueue_failed` or `backend_failed` and may be asked
 * again.
 *
 * ```ts
 * const jobs = postgres(new pg.Pool({ connectionString }));
 * await jobs.migrate();
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function postgres(
  client: PostgresClient,
  options: PostgresOptions & { readonly stats: () => Statistics },
): Postgres & Stats;
export function postgres(client: PostgresClient, options?: PostgresOptions): Postgres;
export function postgres(client: PostgresClient, options: PostgresOptions = {}): Postgres & Partial<Stats> {
  checkOptions("postgres", options, CHECKS);
  const { lease = "30s", deadKeep = "30d", maxDead = 10_000, notify = true, clock, log = console } = options;
  const { schema: name = "longshore" } = options;
  const schema = `"${name}"`;
  const direct = queryOf(client);
  const closing = createClosing("postgres", async () => {
    await notifications.close();
    await counting?.close();
  });
  const query = patient(async (text, parameters) => {
    closing.check();
    return direct(text, parameters);
  }, name);
  surviveLostConnections(client, log);

  /** In whole milliseconds, as the server counts them. Null: the server's clock. */
  const now = (): number | null => (clock === undefined ? null : Math.floor(clock()));
  const places = createPlaces();
  const bell = crypto.randomUUID();
  const notifications = createNotifications(options.listen, channelOf(schema), bell, log);
  const { wake, onWake } = notifications;
  let heads: Heads = new Map();
  /** What may have put a job before others that wait. */
  const moved = (): void => {
    heads = new Map();
    wake();
  };
  const counting = options.stats && createCounting(query, schema, now, options.stats, log);
  const bounds = { maxDead, deadKeepMs: Math.ceil(toMs(deadKeep)) };
  const traits = traitsOf(toMs(lease));

  const send = (insert: typeof enqueue) => async (jobs: readonly NewJob[]) => {
    const { answers, now: then } = await insert(query, schema, now(), jobs, notify ? bell : null);
    answers.forEach((answer, i) => {
      const job = jobs[i] as NewJob; // one for each
      if (isCreated(job, answer)) counting?.enqueued(job, then);
    });
    return answers;
  };
  const grouped = createGroups(send(createEnqueue()), LIMITS);
  // One at a time: jobs of this process with one key do not wait for each other in the server.
  const groupedKeyed = createGroups(send(enqueueKeyed), { ...LIMITS, lanes: 1 });
  const control = (verb: ControlVerb) => async (refs: readonly JobRef[]) => {
    const answers = await operate(query, schema, now(), verb, refs, notify);
    moved();
    return answers;
  };

  return {
    name: "postgres",
    traits,
    migrate: () => migrate(direct, schema),
    within(transaction) {
      const own = plain(queryIn(transaction), name);
      return {
        name: "postgres",
        traits,
        async enqueue(jobs) {
          checkNames(jobs);
          const ring = notify ? "" : null;
          const enqueued = isKeyed(jobs)
            ? await enqueueKeyed(own, schema, now(), jobs, ring, true)
            : await enqueue(own, schema, now(), jobs, ring);
          return enqueued.answers;
        },
        complete(context, result) {
          const counted = counting && deferred(counting);
          return completeWithin(context, result, {
            settle: (settlements) =>
              settle(own, schema, now(), settlements, places, notify, counted?.tally, () => {}, true),
            committed() {
              counted?.count();
              moved();
            },
          });
        },
      };
    },

    async enqueue(jobs) {
      checkNames(jobs); // before the first of several statements is sent
      try {
        return await (isKeyed(jobs) ? groupedKeyed : grouped)(jobs);
      } finally {
        // Also where only the answer was lost.
        if (mayOvertake(jobs)) moved();
        else wake();
      }
    },
    async claim(request) {
      const jobs = await claim(query, schema, now(), request, places, heads);
      // Others may start because these have ended.
      if (jobs.some(({ expired }) => expired)) wake();
      return jobs;
    },
    async settle(settlements) {
      const answers = await settle(query, schema, now(), settlements, places, notify, counting, moved);
      if (settlements.some(({ next }) => next && mayOvertake(next))) moved();
      else if (settlements.some(({ outcome, next }) => outcome.type !== "complete" || next !== undefined)) wake();
      return answers;
    },
    renew: (leases, leaseMs) => renew(query, schema, now(), leases, leaseMs, places),

    dueInMs: (wanted) => dueInMs(query, schema, now(), wanted),
    onWake,

    get: (refs) => get(query, schema, now(), refs),
    list: (request) => list(query, schema, now(), request),
    depth: (queue) => depth(query, schema, now(), queue),
    counts: (states) => counts(query, schema, now(), states),

    cancel: control("cancel"),
    replay: control("replay"),
    runNow: control("runNow"),
    remove: control("remove"),
    async update(changes) {
      const answers = await update(query, schema, now(), changes, notify);
      moved();
      return answers;
    },
    async pause(queue) {
      checkStorable(queue, "name of a queue");
      await pause(query, schema, queue);
    },
    async pauseFor(queue, forMs) {
      checkStorable(queue, "name of a queue");
      await pauseFor(query, schema, now(), queue, forMs);
    },
    async resume(queue) {
      checkStorable(queue, "name of a queue");
      await resume(query, schema, queue, notify);
      moved();
    },
    async release(keys) {
      const answers = await release(query, schema, now(), keys, notify);
      moved();
      return answers;
    },
    prune: (limit) => prune(query, schema, now(), limit, bounds),

    declare: (schedules) => declare(query, schema, now(), schedules),
    async advance(steps) {
      const answers = await advance(query, schema, now(), steps, notify, (job, at) => counting?.enqueued(job, at));
      moved();
      return answers;
    },

    listSchedules: (request) => listSchedules(query, schema, now(), request),

    announce: (worker, forMs) => announce(query, schema, now(), worker, forMs),
    workers: () => workers(query, schema, now()),
    ...(counting && { stats: counting.stats }),

    ...closing.methods,
  };
}
