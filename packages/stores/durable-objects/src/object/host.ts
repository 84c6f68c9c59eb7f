import { LongshoreError, codeOf } from "@longshore/core";
import { type Checks, checkOptions } from "@longshore/core/adapter";
import { type JobStore, STORE_CHECKS, type StoreOptions, type StoreState, storeOver } from "@longshore/sqlite-engine";
import { DISPATCH_CHECKS, type DispatchOptions, type ObjectContext, createDispatch } from "./dispatch.ts";
import type { ObjectVerbs, ObjectVerb, Call, Reply } from "../wire.ts";

export type JobsOptions = DispatchOptions & StoreOptions;

const CHECKS: Checks<JobsOptions> = { ...DISPATCH_CHECKS, ...STORE_CHECKS };

/** The jobs inside a Durable Object. */
export type Jobs = {
  /** Synchronous, and part of any `transactionSync` around it. Jobs that become due start on their own. */
  readonly store: JobStore;
  /** For the object's method of the same name, which the client adapter calls. */
  jobs(call: Call): Reply;
  /** For the object's alarm handler. Returns at once and never throws. Check your own work separately. */
  alarm(): void;
  /** Checks due jobs and the alarm again. Never throws. */
  checkSoon(): void;
};

/**
 * Keeps and runs jobs inside your own Durable Object, so that it can enqueue in the transaction of its own data. Call
 * it in the constructor. Fails with `invalid_option`, `invalid_duration` or `invalid_name`. `JobsObject` is an object
 * that does nothing else.
 */
export function createJobs(ctx: ObjectContext, options: JobsOptions = {}): Jobs {
  checkOptions("createJobs", options, CHECKS);
  const { state, checkSoon, alarmFired, wake } = createDispatch(ctx, options);
  const store = storeOver(state);
  const verbs: ObjectVerbs = { ...store, wake };
  const isNew = agreement(state);
  return {
    store,
    jobs(call) {
      // Every call is a chance to notice a lost alarm. Every call except those of ticks may also follow a deploy.
      checkSoon(!OF_TICKS.has(call.verb));
      try {
        if (isNew(call)) return { type: "new" };
        const verb = verbs[call.verb] as (...input: readonly unknown[]) => unknown; // the client knows its input
        return { type: "done", value: verb(...call.input) };
      } catch (error) {
        const code = codeOf(error);
        if (code === undefined) throw error;
        return { type: "refused", code, message: (error as LongshoreError).message }; // checked by `codeOf`
      }
    },
    alarm: alarmFired,
    checkSoon: () => checkSoon(),
  };
}

/** The verbs of ticks: a tick of one shard must not make all others tick. */
const OF_TICKS: ReadonlySet<ObjectVerb> = new Set(["declare", "advance", "prune"]);

/**
 * Makes sure that all clients agree on the number of shards, which decides where each job is. Returns true if the
 * number is unknown and the first shard must be asked. Fails with `shard_mismatch`.
 */
function agreement({ tables, atomic }: StoreState): (call: Call) => boolean {
  let known: number | undefined;
  return ({ shards, agreed }) => {
    known ??= atomic.read(() => tables.getMeta<number>("shards"));
    if (known === undefined) {
      if (!agreed) return true;
      atomic.write(() => tables.setMeta("shards", shards));
    }
    known ??= shards;
    if (known === shards) return false;
    throw new LongshoreError("shard_mismatch", `The object is one of ${known} shards, and this client has ${shards}.`);
  };
}
