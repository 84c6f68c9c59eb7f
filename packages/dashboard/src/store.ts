import { type Enqueue, type Control, type Inspect, type Presence, type Stats } from "@longshore/core/adapter";
import { type Inspection, type Operations, LongshoreError, createQueue } from "@longshore/core";
import type { Abilities } from "./api.ts";

/** Any adapter: what it can is known by its methods. */
export type AnyAdapter = Enqueue & Partial<Inspect & Control & Stats & Presence>;

/** An adapter as an operator has it: by the queue's methods, which check what they are given. */
export type Store = {
  readonly name: string;
  readonly can: Abilities;
  /** Each fails with `invalid_request` if the adapter cannot. */
  inspection(): Inspection;
  operations(): Operations;
  readonly adapter: AnyAdapter;
};

export function storeOf(adapter: AnyAdapter): Store {
  const queue: object = createQueue(adapter);
  const can: Abilities = {
    inspect: has(adapter, "get", "list", "counts"),
    control: has(adapter, "cancel", "replay", "runNow", "remove", "pause", "resume"),
    stats: has(adapter, "stats"),
    workers: has(adapter, "workers"),
  };
  const part =
    <T>(able: boolean, what: string) =>
    (): T => {
      if (able) return queue as T; // `can` says that it has the methods
      throw new LongshoreError("invalid_request", `The adapter ${adapter.name} cannot ${what} jobs.`);
    };
  return {
    name: adapter.name,
    can,
    inspection: part<Inspection>(can.inspect, "list"),
    operations: part<Operations>(can.control, "change"),
    adapter,
  };
}

function has(adapter: object, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof Reflect.get(adapter, method) === "function");
}
