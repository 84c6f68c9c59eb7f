import type { Duration, Logger } from "@longshore/core";
import {
  type Adapter,
  type CarriedRunner,
  type Carry,
  type Checks,
  type ClaimedJob,
  type JobRunner,
  type Store,
  type Traits,
  aFunction,
  anAdapter,
  be,
  checkOptions,
  duration,
  having,
  integer,
  listOf,
  text,
  toMs,
} from "@longshore/core/adapter";
import { withoutLargePayloads } from "./payloads.ts";
import { MOST_TRANSIT_MS, type DispatchResult, dispatch, dispatchDue } from "./dispatch.ts";
import { type Running, createRunner } from "./runner.ts";
import { createBackgroundDispatch } from "./background.ts";

export type PairedOptions = {
  /** The most jobs that are under way at a time: carried or running, and not settled. Default: 100. */
  readonly maxInFlight?: number | undefined;
  /** The queues that are dispatched from. Default: every queue of the store. */
  readonly queues?: readonly string[] | undefined;
  /**
   * How long a job may be on its way to a consumer before it counts as lost and is claimed again; doubled each time it
   * is, up to an hour. From its arrival on, the store's own lease counts. Default: four times that lease.
   */
  readonly transit?: Duration | undefined;
  /**
   * Dispatches by itself whenever something may have become due or room was made, and hands the work to this:
   * `(work) => ctx.waitUntil(work)`. Left out, nothing is carried unless you call `dispatchDue`.
   */
  readonly background?: ((work: Promise<unknown>) => void) | undefined;
  /** Where a dispatch in the background says that it failed. Default: `console`. */
  readonly log?: Pick<Logger, "error"> | undefined;
  /** Milliseconds since the epoch; for tests that move time. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
};

const CHECKS: Checks<PairedOptions> = {
  maxInFlight: integer(1),
  queues: listOf(text(/^[a-z\d][\w.-]{0,99}$/i, "invalid_name")),
  transit(value, what) {
    duration(1)(value, what);
    // What was lost once would have less time than before.
    be("at most 1h", () => toMs(value as Duration) <= MOST_TRANSIT_MS, "invalid_duration")(value, what);
  },
  background: aFunction,
  log: having("error"),
  clock: aFunction,
};

/** The store's traits, but for the run: the broker's consumer ends one, so that the shorter limit counts. */
export type PairedTraits<T extends Traits> = Omit<T, "maxRunMs"> & { readonly maxRunMs: number };

export type Paired<S extends Store = Store> = Omit<S, "traits"> & {
  readonly traits: PairedTraits<S["traits"]>;
  /**
   * Claims what is due and sends it through the broker, as far as `maxInFlight` leaves room. Call it wherever the store
   * wakes: an alarm, a cron tick, after an enqueue. Calls that look at the same instant may each fill it.
   * Rejects where the store fails: the next call makes up for it.
   */
  dispatchDue(): Promise<DispatchResult>;
  /**
   * For a store that claims and hands out its jobs by itself, such as a Durable Object: sends them, and gives back what
   * the broker does not take, without costing an attempt. Such a store needs no `dispatchDue`, and has a limit of its own.
   * Rejects where the store fails.
   */
  dispatch(jobs: readonly ClaimedJob[]): Promise<unknown>;
  /** For the broker's consumer: renews each lease first, and lets the worker run only what is still held. */
  runner(worker: JobRunner): CarriedRunner;
};

/**
 * A store and a broker as one adapter. Jobs live in the store: enqueue, settle, inspection, control and schedules are
 * the store's own. The broker carries at most `maxInFlight` claimed jobs to their consumers, and nothing waits in it: a
 * message that is lost, late or doubled is a lease that runs out or a token that is stale. Fails with `invalid_option`,
 * `invalid_duration` or `invalid_name`.
 *
 * ```ts
 * const jobs = paired(store, broker, { background: (work) => ctx.waitUntil(work) });
 * await createQueue(jobs).enqueue(welcome, { userId: 42 });
 * ```
 */
export function paired<S extends Store>(store: S, broker: Adapter & Carry, options: PairedOptions = {}): Paired<S> {
  anAdapter(store, "store of paired");
  having("claim", "renew", "get", "counts")(store, "store of paired");
  having("carry")(broker, "broker of paired");
  checkOptions("paired", options, CHECKS);
  const { maxInFlight = 100, queues, background, log = console, clock = () => Date.now() } = options;
  const { traits }: Store = store;
  const { transit = 4 * traits.leaseMs } = options;
  const transitMs = toMs(transit);
  const running: Running = new Map();
  const context = { store, broker: withoutLargePayloads(broker), maxInFlight, queues, transitMs };

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
  return { ...store, ...verbs, ...own } as unknown as Paired<S>; // whatever else the store has comes along
}

/** The verbs of a store after which something may be due, or there may be room for more. */
function dispatchAfter(store: Store, wake: () => void): Partial<Store> {
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
  };
}
