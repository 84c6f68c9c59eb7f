import type { Duration, Logger } from "@longshore/core";
import {
  type CarriedRunner,
  type Carry,
  type Checks,
  type ClaimedJob,
  type JobRunner,
  type Keys,
  type Store,
  type Traits,
  type Update,
  aFunction,
  anAdapter,
  mustBe,
  checkOptions,
  duration,
  withMethods,
  integer,
  listOf,
  checkName,
  toMs,
} from "@longshore/core/adapter";
import { withoutLargePayloads } from "./payloads.ts";
import { MOST_TRANSIT_MS, type DispatchResult, dispatch, dispatchDue } from "./carrying.ts";
import { type Running, createRunner } from "./runner.ts";
import { createBackgroundDispatch } from "./background.ts";

export type PairedOptions = {
  /** How many jobs may be unsettled at a time, sent or running. Default: 100. */
  readonly maxInFlight?: number | undefined;
  /** The queues to dispatch from. Default: every queue of the store. */
  readonly queues?: readonly string[] | undefined;
  /**
   * In which order to dispatch: as the `priorityAge` of a worker, which claims nothing here. Only for a store with the trait
   * `ageing`. Default: jobs of a lower number always go first.
   */
  readonly priorityAge?: Duration | undefined;
  /**
   * How long a job may take to reach a consumer before it counts as lost and is claimed again. Doubles with each loss,
   * up to an hour. Once the job arrives, the store's own lease counts. Default: four times that lease.
   */
  readonly transit?: Duration | undefined;
  /**
   * Receives the work of dispatches that start by themselves, whenever a job may be due or there may be room:
   * `(work) => ctx.waitUntil(work)`. If left out, nothing is sent until you call `dispatchDue`.
   */
  readonly background?: ((work: Promise<unknown>) => void) | undefined;
  /** Receives the failures of dispatches in the background. Default: `console`. */
  readonly log?: Pick<Logger, "error"> | undefined;
  /** Returns milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const CHECKS: Checks<PairedOptions> = {
  maxInFlight: integer(1),
  queues: listOf(checkName),
  priorityAge: duration(1),
  transit(value, what) {
    duration(1)(value, what);
    // With more, a retry would get less time than the first attempt.
    mustBe("at most 1h", () => toMs(value as Duration) <= MOST_TRANSIT_MS, "invalid_duration")(value, what);
  },
  background: aFunction,
  log: withMethods("error"),
  clock: aFunction,
};

/** The store's traits, except `maxRunMs`: the broker's consumer can also end a run, so the shorter limit counts. */
export type PairedTraits<T extends Traits> = Omit<T, "maxRunMs"> & { readonly maxRunMs: number };

/** What a pair needs of its broker: any broker's adapter has it, and so does `httpBroker`, which is none. */
export type Carrier = Carry & {
  readonly name: string;
  readonly traits: Pick<Traits, "maxRunMs" | "maxPayloadBytes">;
};

export type Paired<S extends Store = Store> = Omit<S, "traits"> & {
  readonly traits: PairedTraits<S["traits"]>;
  /**
   * Claims due jobs, up to `maxInFlight`, and sends them through the broker. Call it wherever the store wakes: in an
   * alarm, at a cron tick, after an enqueue. Concurrent calls may each fill `maxInFlight`. Rejects if the store fails;
   * the next call catches up.
   */
  dispatchDue(): Promise<DispatchResult>;
  /**
   * Sends jobs that the store claimed by itself, as a Durable Object does, and gives back those that the broker does
   * not take, without costing an attempt. Such a store has its own limit and needs no `dispatchDue`. Rejects if the
   * store fails.
   */
  dispatch(jobs: readonly ClaimedJob[]): Promise<unknown>;
  /** The runner for the broker's consumer: renews each lease, then lets the worker run only the jobs still leased. */
  runner(worker: JobRunner): CarriedRunner;
};

/**
 * Combines a store and a broker into one adapter. Jobs live in the store, which does enqueue, settle, inspection,
 * control and schedules. The broker carries at most `maxInFlight` claimed jobs to their consumers, and no job waits in
 * it: a lost, late or doubled message is only an expired lease or a stale token. Fails with `invalid_option`,
 * `invalid_duration` or `invalid_name`.
 *
 * ```ts
 * const jobs = paired(store, broker, { background: (work) => ctx.waitUntil(work) });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function paired<S extends Store>(store: S, broker: Carrier, options: PairedOptions = {}): Paired<S> {
  anAdapter(store, "store of paired");
  withMethods("claim", "renew", "get", "counts")(store, "store of paired");
  withMethods("carry")(broker, "broker of paired");
  checkOptions("paired", options, CHECKS);
  const { maxInFlight = 100, queues, priorityAge, background, log = console, clock = () => Date.now() } = options;
  const { traits }: Store = store;
  const known = mustBe("left out: the priorities of this store do not age", () => traits.ageing === true);
  if (priorityAge !== undefined) known(priorityAge, "priorityAge of paired");
  const { transit = 4 * traits.leaseMs } = options;
  const transitMs = toMs(transit);
  const running: Running = new Map();
  const priorityAgeMs = priorityAge === undefined ? undefined : toMs(priorityAge);
  const context = { store, broker: withoutLargePayloads(broker), maxInFlight, queues, transitMs, priorityAgeMs };

  const own: Omit<Paired, keyof Store> & Pick<Store, "name" | "traits"> = {
    name: `paired(${store.name}, ${broker.name})`,
    traits: { ...traits, maxRunMs: Math.min(traits.maxRunMs, broker.traits.maxRunMs) },
    dispatchDue: () => dispatchDue(context),
    dispatch: (jobs) => dispatch(jobs, context),
    runner: (worker) => createRunner(store, worker, clock, running),
  };
  const verbs =
    background === undefined
      ? undefined
      : dispatchAfter(
          store,
          createBackgroundDispatch(() => dispatchDue(context), background, clock, log),
        );
  return { ...store, ...verbs, ...own } as unknown as Paired<S>; // keeps whatever else the store has
}

/** The store's verbs that may make a job due or make room for more; each starts a dispatch. */
function dispatchAfter(store: Store & Partial<Keys & Update>, wake: () => void): Partial<Store & Keys & Update> {
  const then =
    <Input extends readonly unknown[], Answer>(verb: (...input: Input) => Promise<Answer>) =>
    async (...input: Input): Promise<Answer> => {
      const answer = await verb(...input);
      wake();
      return answer;
    };
  return {
    enqueue: then((jobs) => store.enqueue(jobs)),
    settle: then((settlements) => store.settle(settlements)),
    advance: then((steps) => store.advance(steps)),
    cancel: then((refs) => store.cancel(refs)),
    replay: then((refs) => store.replay(refs)),
    runNow: then((refs) => store.runNow(refs)),
    resume: then((queue) => store.resume(queue)),
    ...(store.update && { update: then(store.update) }),
    ...(store.release && { release: then(store.release) }),
  };
}
