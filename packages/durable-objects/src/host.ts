import { type ErrorCode, LongshoreError, type Logger } from "@longshore/core";
import { createAlarm } from "./alarm.ts";
import type { Books, StoreOptions } from "./books.ts";
import { type DispatchOptions, type Report, type RunnerStub, createDispatch } from "./dispatch.ts";
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
  // What a Worker exports is known to its own types alone.
  const { exports } = ctx as { exports?: { JobsRunner?: RunnerStub } };
  const { runner = exports?.JobsRunner, log = console, ownAlarmAt = () => undefined } = options;
  const report: Report = (what) => (error) => log.error(`jobs: ${what} failed, and is tried again`, { error });
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const alarm = createAlarm(ctx.storage, waitUntil);
  const world = { runner: runner || undefined, alarm, waitUntil, report, ownAlarmAt };
  const { books, soon } = createDispatch(ctx.storage, world, options);
  const store = storeOver(books);
  const isNew = agreement(books);

  void ctx.blockConcurrencyWhile(async () => {
    await alarm.load().catch(report("reading the alarm"));
    soon();
  });

  return {
    store,
    jobs(call) {
      // Any call is a chance to notice that an alarm was lost.
      soon();
      try {
        if (isNew(call)) return { type: "new" };
        const verb = store[call.verb] as (...input: readonly unknown[]) => unknown; // the client knows what it takes
        return { type: "done", value: verb(...call.input) };
      } catch (error) {
        if (!(error instanceof LongshoreError)) throw error;
        return { type: "refused", code: error.code, message: error.message };
      }
    },
    alarm() {
      alarm.rang();
      soon();
    },
    soon,
  };
}

/**
 * Holds clients to what the first of them said: a job is where its client's number of shards puts it. True where
 * nobody has said anything yet, and the first shard must be asked. Fails with `shard_mismatch` or `invalid_option`.
 */
function agreement({ tables, atomic, options }: Books): (call: Call) => boolean {
  let known: number | undefined;
  const hold = (code: ErrorCode, what: string, ours: number, theirs: number): void => {
    if (ours !== theirs) throw new LongshoreError(code, `The object's ${what} is ${ours}, and this client's ${theirs}.`);
  };
  return ({ shards, agreed, leaseMs }) => {
    hold("invalid_option", "leaseMs", options.leaseMs, leaseMs);
    known ??= atomic.read(() => tables.marked<number>("shards"));
    if (known === undefined) {
      if (!agreed) return true;
      atomic.write(() => tables.mark("shards", shards));
    }
    hold("shard_mismatch", "number of shards", (known ??= shards), shards);
    return false;
  };
}
