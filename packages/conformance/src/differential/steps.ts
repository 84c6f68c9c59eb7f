import type { ClaimedJob, Lease, Settlement } from "@longshore/core/adapter";
import type { Operation } from "../model/model.ts";

/** A moment's wait, and then one operation, or the end of the process. */
export type Step = {
  readonly waitMs: number;
  /**
   * As data that means the same to every store: a lease's token says which claim of its job it was, from 1.
   */
  readonly operation: Operation | { readonly verb: "reopen"; readonly input: readonly [] };
};

/** The tokens that one store gave to the claims of each job. */
export type Tokens = {
  record(jobs: readonly ClaimedJob[]): void;
  /** The operation with this store's tokens in place of the claims' numbers. */
  resolve(operation: Operation): Operation;
  /** The greatest of all. */
  newest(): number;
};

/** So far from any token that was given that no store will give it soon. */
const NEVER_GIVEN = 2 ** 50;

export function createTokens(): Tokens {
  const given = new Map<string, number[]>();
  let newest = -1;

  const resolved = <L extends Lease>(lease: L): L => {
    const token = given.get(lease.id)?.[lease.token - 1] ?? NEVER_GIVEN + lease.token;
    return { ...lease, token };
  };

  return {
    record(jobs) {
      for (const { id, token } of jobs) {
        given.set(id, [...(given.get(id) ?? []), token]);
        newest = Math.max(newest, token);
      }
    },
    resolve(operation) {
      if (operation.verb === "settle") {
        const [settlements] = operation.input;
        return { verb: "settle", input: [settlements.map((one: Settlement) => resolved(one))] };
      }
      if (operation.verb === "renew") {
        const [leases, leaseMs] = operation.input;
        return { verb: "renew", input: [leases.map((one: Lease) => resolved(one)), leaseMs] };
      }
      return operation;
    },
    newest: () => newest,
  };
}

/** A step as one line of a failing history. */
export function describeStep({ waitMs, operation }: Step, index: number): string {
  return `${String(index + 1).padStart(4)}. +${waitMs} ms ${operation.verb} ${JSON.stringify(operation.input)}`;
}
