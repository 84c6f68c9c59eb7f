import { type ScheduleRef, schedulePartition } from "@longshore/core/adapter";
import * as fc from "fast-check";
import { MINUTE, SECOND } from "../jobs.ts";
import type { Operation } from "../model/model.ts";
import type { State } from "../model/state.ts";

export type StoreStep = {
  readonly waitMs: number;
  /** An operation, or the end of the process. */
  readonly operation: Operation | { readonly verb: "reopen"; readonly input: readonly [] };
};

/** What the model knows, from which a generated step gets its ids, tokens and times. */
export type StoreContext = {
  state: State;
  now: number;
  /** How often each job has been claimed. */
  readonly claims: ReadonlyMap<string, number>;
  /** Delays are multiples of this. */
  readonly stepMs: number;
  /** Whether claims ask for all due jobs. */
  readonly claimsAll: boolean;
  /** Whether some jobs have unique keys. */
  readonly keyed: boolean;
  /** Whether some jobs have limits. */
  readonly limited: boolean;
  /** Whether some jobs come after others. */
  readonly linked: boolean;
  /** Whether some limits have rates. */
  readonly throttled: boolean;
  /** It has the trait `depth`. */
  readonly bounded: boolean;
  /** It has the trait `order`. */
  readonly inOrder: boolean;
  /** Whether some claims let priorities age. */
  readonly ageing: boolean;
  /** Whether some jobs must begin in time. */
  readonly expiring: boolean;
};

export type Make<T> = (context: StoreContext) => T;

export const QUEUES: readonly string[] = ["default", "mail"];
export const SCHEDULES: readonly string[] = ["report", "sweep"];
export const RULES: readonly string[] = ["every 1h", "every 2h"];
export const REFS: readonly ScheduleRef[] = SCHEDULES.flatMap((name) => RULES.map((rule) => ({ name, rule })));
/** Few ids, so that they collide; in three partitions, because jobs of one may follow each other. */
export const PLAIN: readonly string[] = ["a", "b", "c", "d", "e", "f", "g", "h"];
export const PARTITIONS: readonly string[] = ["p", "q", "r"];
export const IDS: readonly string[] = [...PLAIN, ...SCHEDULES];

/** An occurrence is in its schedule's partition. */
export function partitionOf(id: string): string {
  return SCHEDULES.includes(id) ? schedulePartition(id) : at(PARTITIONS, PLAIN.indexOf(id));
}

// fast-check shrinks to the first value, so the simplest one is first.
export const DELAYS: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0, SECOND, 2_500, 45 * SECOND, MINUTE, 10 * MINUTE);
export const QUEUE: fc.Arbitrary<string> = fc.constantFrom("default", "default", "default", "default", "mail");
export const ID: fc.Arbitrary<string> = fc.constantFrom(...IDS);
export const NUMBER: fc.Arbitrary<number> = fc.nat(1e6);
export const usually: fc.Arbitrary<boolean> = often(8);

/** True this many times in ten. */
export function often(times: number): fc.Arbitrary<boolean> {
  return fc.nat(9).map((n) => n < times);
}

export function at<T>(from: readonly T[], index: number): T {
  return from[index % from.length] as T; // the lists are not empty
}

export function stepped(delayMs: number, stepMs: number): number {
  return Math.ceil(delayMs / stepMs) * stepMs;
}
