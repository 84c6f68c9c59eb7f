import { type Duration, type JobRequest, LongshoreError, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type Depth,
  type JobRef,
  type Keys,
  type ListSchedules,
  type PauseFor,
  type Presence,
  type Store,
  type Traits,
  type Update,
  aFunction,
  aLease,
  checkOptions,
  duration,
  integer,
  mustBe,
  newJobs,
  toMs,
} from "@longshore/core/adapter";
import { claim } from "./claim.ts";
import { type ControlVerb, operate } from "./control.ts";
import { depth } from "./depth.ts";
import { enqueue, enqueueStatements } from "./enqueue.ts";
import { guarded, migrate } from "./format.ts";
import { counts, get, list } from "./inspect.ts";
import { createKnown } from "./known.ts";
import { pauseFor, setPaused } from "./pauses.ts";
import { type D1Binding, type LibsqlClient, type Statement, portOf } from "./port.ts";
import { announce, workers } from "./presence.ts";
import { prune } from "./prune.ts";
import { release } from "./release.ts";
import { renew } from "./renew.ts";
import { advance, declare, listSchedules } from "./schedules.ts";
import { settle } from "./settle.ts";
import { update } from "./update.ts";
import { dueInMs } from "./wake.ts";

export type D1Traits = Traits & {
  readonly durable: true;
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly expiry: true;
  readonly ageing: true;
  readonly limits: true;
  readonly throttle: true;
  readonly order: true;
  readonly depth: true;
  readonly dependencies: true;
  readonly ordered: true;
  readonly fenced: true;
};

/** `Prepared`: a statement of the database's client, as its `batch` takes them. */
export type D1<Prepared = unknown> = Store<D1Traits> &
  Keys &
  Depth &
  Update &
  PauseFor &
  ListSchedules &
  Presence & {
    /**
     * Makes the tables, or leaves them as they are. May be called at each start, by any number of instances. The same as
     * SQL, for `wrangler d1 migrations`, is `migration` of this package. Fails with `invalid_option` if the tables are
     * of a newer version, and with `backend_failed`.
     */
    migrate(): Promise<void>;
    /**
     * The statements that enqueue these jobs, for a batch of your own: the jobs exist if and only if it succeeds. Of a
     * job whose id stands already, nothing is changed, and one with a unique key or limits does what its enqueue would.
     * Nothing is sent here; fails as `queue.enqueueMany` does, and with `invalid_option` for a job with a `maxDepth` or
     * with `after`, because a batch could not tell that its queue was full, or that a parent was missing.
     *
     * ```ts
     * await env.DB.batch([insertOrder, ...(await jobs.statements([confirm.with({ orderId })]))]);
     * ```
     */
    statements(
      requests: readonly JobRequest<"id" | "priority" | "unique" | "startWithin" | "limits" | "throttle" | "order">[],
    ): Promise<Prepared[]>;
  };

export type D1Options = {
  /** How long a claim lasts unless renewed; at least 100 ms. Default: `"30s"`. */
  readonly lease?: Duration | undefined;
  /** How long to keep a dead letter. Default: `"30d"`. */
  readonly deadKeep?: Duration | undefined;
  /** How many dead letters to keep; a tick removes the oldest first. Default: 10 000. */
  readonly maxDead?: number | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: the database's clock. */
  readonly clock?: (() => number) | undefined;
};

const CHECKS: Checks<D1Options> = {
  lease: aLease,
  deadKeep: duration(),
  maxDead: integer(0),
  clock: aFunction,
};

const aDatabase = mustBe(
  "a D1 binding, such as env.DB, or a client of @libsql/client",
  (value) => typeof Object(value).batch === "function",
);

/** Of a job that the user's batch would not make, nobody would learn. */
function refuse(name: string | undefined, such: string, untold: string): void {
  if (name === undefined) return;
  const message = `\`statements\` takes no job ${such}, such as ${name}: no statement could tell that ${untold}. Enqueue it by \`queue.enqueue\`.`;
  throw new LongshoreError("invalid_option", message);
}

/**
 * Keeps jobs in a D1 database, or in libSQL through its client, beside the app's own tables. Every verb is one atomic
 * `batch` of statements, so it needs no interactive transaction. The tables must exist: `migrate` or `migration` makes
 * them. Fails with `invalid_option` or `invalid_duration`. An error of the database is passed on; the worker repeats
 * what it was about, and a queue fails with `enqueue_failed` or `backend_failed` and may be asked again.
 *
 * ```ts
 * const answer = await createQueue(d1(env.DB)).enqueue(welcome, { userId: 42 });
 * ```
 */
export function d1<Prepared>(database: D1Binding<Prepared>, options?: D1Options): D1<Prepared>;
export function d1(database: LibsqlClient, options?: D1Options): D1<Statement>;
export function d1<Prepared>(
  database: D1Binding<Prepared> | LibsqlClient,
  options: D1Options = {},
): D1<Prepared | Statement> {
  checkOptions("d1", options, CHECKS);
  aDatabase(database, "database of d1");
  const { lease = "30s", deadKeep = "30d", maxDead = 10_000, clock } = options;
  const direct = portOf(database);
  const port = guarded(direct);
  /** Null: the database's clock. */
  const now = (): number | null => clock?.() ?? null;
  const bounds = { maxDead, deadKeepMs: toMs(deadKeep) };
  const known = createKnown();
  const ask =
    <T, R>(verb: (to: typeof port, at: number | null, asked: T) => R) =>
    (asked: T) =>
      verb(port, now(), asked);
  const control = (verb: ControlVerb) => (refs: readonly JobRef[]) => operate(port, now(), verb, refs);
  const traits: D1Traits = {
    durable: true,
    unique: true,
    uniqueKeys: true,
    expiry: true,
    ageing: true,
    limits: true,
    throttle: true,
    order: true,
    depth: true,
    dependencies: true,
    ordered: true,
    fenced: true,
    maxDelayMs: Infinity,
    delayStepMs: 1,
    maxRunMs: Infinity,
    // A row has at most 2 MB, and must hold a payload, a result of the same size, and ten failures of 4 KB. A payload
    // that is all quotes is twice as long in the parameter that brings it, which has at most 2 MB, too.
    maxPayloadBytes: 900_000,
    leaseMs: toMs(lease),
  };

  return {
    name: "d1",
    traits,
    migrate: () => migrate(direct),
    async statements(requests) {
      const jobs = await newJobs(requests, traits, systemPlatform);
      const bounded = requests.find(({ definition }) => definition.limits.queue?.maxDepth !== undefined);
      refuse(bounded?.definition.name, "of a queue with a `maxDepth`", "the queue is full");
      refuse(jobs.find(({ after }) => after !== undefined)?.name, "with `after`", "a parent is missing");
      return enqueueStatements(jobs, now()).map(direct.prepare);
    },

    enqueue: ask(enqueue),
    claim: (request) => claim(port, now(), request, known),
    settle: (settlements) => settle(port, now(), settlements, known),
    renew: (leases, leaseMs) => renew(port, now(), leases, leaseMs),
    dueInMs: ask(dueInMs),

    get: ask(get),
    list: ask(list),
    counts: ask(counts),

    depth: ask(depth),

    cancel: control("cancel"),
    replay: control("replay"),
    runNow: control("runNow"),
    remove: control("remove"),
    update: ask(update),
    pause: (queue) => setPaused(port, queue, true),
    pauseFor: (queue, forMs) => pauseFor(port, now(), queue, forMs),
    resume: (queue) => setPaused(port, queue, false),
    release: ask(release),
    prune: (limit) => prune(port, now(), limit, bounds),

    declare: ask(declare),
    advance: ask(advance),
    listSchedules: ask(listSchedules),

    announce: (worker, forMs) => announce(port, now(), worker, forMs),
    workers: () => workers(port, now()),
  };
}
