import { LongshoreError, type Logger } from "@longshore/core";
import { createAlarm } from "./alarm.ts";
import { type Books, type StoreOptions, openBooks } from "./books.ts";
import { type Dispatch, type DispatchOptions, type RunnerStub, createDispatch } from "./dispatch.ts";
import { type JobStore, storeOver } from "./store.ts";
import type { Call, Reply } from "./wire.ts";

export type JobsOptions = Omit<StoreOptions, "starter" | "changed"> &
  DispatchOptions & {
    /**
     * Who runs the jobs. Default: the entry point `JobsRunner` among the exports of this Worker. Where there is none,
     * or with `false`, the object only keeps jobs, for others to claim, and sets no alarm for them.
     */
    readonly runner?: RunnerStub | false;
    /**
     * When your own code in this object wants its alarm next, in ms since the epoch. There is one alarm in an object:
     * never set it yourself, answer its time here, and call `soon()` when that changes.
     */
    readonly ownAlarmAt?: () => number | undefined;
    readonly log?: Logger;
  };

/** The jobs of a Durable Object. */
export type Jobs = {
  /** Synchronous, and part of a `transactionSync` around it. What becomes due by it starts without a further word. */
  readonly store: JobStore;
  /** For the object's method of the same name, by which the client adapter reaches it. */
  jobs(call: Call): Reply;
  /** For the object's alarm handler; answers at once and never throws. Your own work is yours to look at. */
  alarm(): void;
  /** Looks again at what is due, and at the alarm. Never throws. */
  soon(): void;
};

/** What is needed of `ctx`; a `DurableObjectState` has it. */
export type JobsContext = {
  readonly storage: Pick<DurableObjectStorage, "sql" | "transactionSync" | "getAlarm" | "setAlarm">;
  waitUntil(work: Promise<unknown>): void;
  blockConcurrencyWhile<T>(work: () => Promise<T>): Promise<T>;
};

/**
 * Keeps and runs jobs inside a Durable Object: for an object of your own, which enqueues in the transaction of its own
 * data. Call it in the constructor. `JobsObject` is an object that does nothing else.
 */
export function createJobs(ctx: JobsContext, options: JobsOptions = {}): Jobs {
  const { log = console, ownAlarmAt = () => undefined } = options;
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const alarm = createAlarm(ctx.storage, waitUntil, log);
  const books: Books = openBooks(ctx.storage, {
    ...options,
    starter: { room: () => dispatch.room(), begin: (jobs) => dispatch.begin(jobs) },
    changed: () => dispatch.soon(),
  });
  const runner = options.runner === false ? undefined : (options.runner ?? exportedRunner(ctx));
  const world = { runner, alarm, waitUntil, log, ownAlarmAt };
  const dispatch: Dispatch = createDispatch(books, world, options);
  const store = storeOver(books);
  const refusal = agreement(books);

  void ctx.blockConcurrencyWhile(async () => {
    await alarm.load().catch((error: unknown) => log.error("the alarm could not be read", { error }));
    dispatch.soon();
  });

  return {
    store,
    jobs(call) {
      // Any call is a chance to notice that an alarm was lost.
      dispatch.soon();
      try {
        const refused = refusal(call);
        if (refused !== undefined) return refused;
        return { type: "done", value: call.verb === "wake" ? undefined : verbOf(store, call.verb)(...call.input) };
      } catch (error) {
        if (!(error instanceof LongshoreError)) throw error;
        return { type: "refused", code: error.code, message: error.message };
      }
    },
    alarm() {
      alarm.rang();
      dispatch.soon();
    },
    soon: dispatch.soon,
  };
}

function verbOf(store: JobStore, verb: string): (...input: readonly unknown[]) => unknown {
  if (!Object.hasOwn(store, verb)) throw new LongshoreError("invalid_option", `These jobs have no verb ${verb}.`);
  return store[verb as keyof JobStore] as (...input: readonly unknown[]) => unknown; // the client knows what it takes
}

function exportedRunner(ctx: JobsContext): RunnerStub | undefined {
  // What a Worker exports is known to its own types alone.
  return (ctx as { exports?: { JobsRunner?: RunnerStub } }).exports?.JobsRunner;
}

/** Holds clients to what the first of them said: a job is where its client's number of shards puts it. */
function agreement({ tables: { sql, stamp }, atomic, options }: Books): (call: Call) => Reply | undefined {
  let known: number | undefined;
  return ({ shards, shard, agreed, leaseMs }) => {
    if (leaseMs !== options.leaseMs) {
      const message = `The client's leaseMs is ${leaseMs} and the object's ${options.leaseMs}: give both the same.`;
      return { type: "refused", code: "invalid_option", message };
    }
    atomic.fresh();
    known ??= sql<{ value: number }>("SELECT value FROM longshore_meta WHERE id='shards'")[0]?.value;
    if (known === undefined) {
      if (!agreed) return { type: "new" };
      atomic.run(() => sql("INSERT INTO longshore_meta VALUES ('shards',?,?)", stamp("meta", "shards"), shards));
      known = shards;
    }
    if (known === shards) return undefined;
    const message = `Shard ${shard} is one of ${known}, and this client knows ${shards}. Use another name for another number.`;
    return { type: "refused", code: "shard_mismatch", message };
  };
}
