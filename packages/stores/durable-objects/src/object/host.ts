import { type Duration, LongshoreError, codeOf } from "@longshore/core";
import { type Checks, checkOptions, mustBe, toMs } from "@longshore/core/adapter";
import { type JobStore, STORE_CHECKS, type StoreOptions, type StoreState, storeOver } from "@longshore/sqlite-engine";
import { settlementsFor } from "../keys.ts";
import { createCommits } from "./commits.ts";
import { DISPATCH_CHECKS, type DispatchOptions, type ObjectContext, createDispatch } from "./dispatch.ts";
import type { Renew, Settle } from "./runner.ts";
import type { ObjectVerbs, ObjectVerb, Call, Reply } from "../wire.ts";

export type JobsOptions = DispatchOptions &
  StoreOptions & {
    /**
     * How long a settlement may wait for a call that writes the ledger anyway, at most `"25ms"`. It is answered after
     * that; a crash of the object and its runner in between costs the attempt. Default: `"2ms"`.
     */
    readonly settleWithin?: Duration | undefined;
  };

const atMost25Ms = mustBe(
  "at most 25 ms",
  (value) => toMs(value as Duration, "settleWithin") <= 25,
  "invalid_duration",
);
const CHECKS: Checks<JobsOptions> = { ...DISPATCH_CHECKS, ...STORE_CHECKS, settleWithin: atMost25Ms };

/** The jobs inside a Durable Object. */
export type Jobs = {
  /** Synchronous, and part of any `transactionSync` around it. Jobs that become due start on their own. */
  readonly store: JobStore;
  /** For the object's method of the same name, which the client adapter calls. */
  jobs(call: Call): Promise<Reply>;
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
  const { state, checkSoon, alarmFired, wake } = createDispatch(
    ctx,
    options,
    (settlements) => settle(settlements),
    (leases, leaseMs) => renew(leases, leaseMs),
  );
  const store = storeOver(state);
  const verbs: ObjectVerbs = { ...store, wake };
  const share = createCommits(state, () => ctx.storage.sync());
  const settleWithinMs = toMs(options.settleWithin ?? "2ms");
  /** The verbs that write the ledger, and how long they may wait for others. */
  const shared: { readonly [V in ObjectVerb]?: number } = {
    enqueue: 0,
    claim: 0,
    settle: settleWithinMs,
    renew: settleWithinMs,
  };
  const { isNew, shards } = agreement(state);
  const settle: Settle = async (settlements) => {
    const known = shards();
    if (known === undefined)
      throw new LongshoreError("shard_mismatch", "No client has said how many shards there are.");
    return share(() => store.settle(settlementsFor(known, settlements)), settleWithinMs);
  };
  const renew: Renew = async (leases, leaseMs) => share(() => store.renew(leases, leaseMs), settleWithinMs);
  return {
    store,
    async jobs(call) {
      const verb = verbs[call.verb] as (...input: readonly unknown[]) => unknown; // the client knows its input
      const work = (): unknown => {
        // Every call is a chance to notice a lost alarm. Every call except those of ticks may also follow a deploy.
        checkSoon(!OF_TICKS.has(call.verb));
        return verb(...call.input);
      };
      try {
        if (isNew(call)) return { type: "new" };
        const withinMs = shared[call.verb];
        return { type: "done", value: withinMs === undefined ? work() : await share(work, withinMs) };
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
function agreement({ tables, atomic }: StoreState) {
  let known: number | undefined;
  const read = (): number | undefined => (known ??= atomic.read(() => tables.getMeta<number>("shards")));
  return {
    shards: read,
    isNew({ shards, agreed }: Call): boolean {
      if (read() === undefined) {
        if (!agreed) return true;
        atomic.write(() => tables.setMeta("shards", shards));
      }
      known ??= shards;
      if (known === shards) return false;
      throw new LongshoreError(
        "shard_mismatch",
        `The object's number of shards is ${known}, and this client's is ${shards}.`,
      );
    },
  };
}
