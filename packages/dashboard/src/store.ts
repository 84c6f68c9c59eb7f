import {
  type Enqueue,
  type Control,
  type Depth,
  type Inspect,
  type ListSchedules,
  type Presence,
  type Stats,
} from "@longshore/core/adapter";
import {
  type Adapter,
  type Inspection,
  type Operations,
  type Queue,
  type QueuePressure,
  LongshoreError,
  codeOf,
  createQueue,
} from "@longshore/core";
import type { Abilities } from "./api.ts";

/** Any adapter: what it can is known by its methods. */
export type AnyAdapter = Enqueue & Partial<Inspect & Control & Depth & Stats & Presence & ListSchedules>;

/** An adapter as an operator has it: by the queue's methods, which check what they are given. */
export type Store = {
  readonly name: string;
  readonly can: Abilities;
  /** Each fails with `invalid_request` if the adapter cannot. */
  inspection(): Inspection;
  operations(): Operations;
  /** Undefined: the adapter lists no schedules. */
  listing(): Listing | undefined;
  /** How full a queue is. Undefined: the adapter does not know, or does not tell us. */
  pressure(queue: string): Promise<QueuePressure | undefined>;
  readonly adapter: AnyAdapter;
};

type Listing = Pick<Queue<Adapter & ListSchedules>, "listSchedules">;

/** `schedules`, `rules`: whether some were passed. */
export function storeOf(adapter: AnyAdapter, passed: { readonly schedules: boolean; readonly rules: boolean }): Store {
  const queue: object = createQueue(adapter);
  const can: Abilities = {
    inspect: has(adapter, "get", "list", "counts"),
    control: has(adapter, "cancel", "replay", "runNow", "remove", "pause", "resume"),
    stats: has(adapter, "stats"),
    workers: has(adapter, "workers"),
    schedules: passed.schedules || has(adapter, "listSchedules"),
    alerts: passed.rules && has(adapter, "listSchedules"),
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
    listing: () => (has(adapter, "listSchedules") ? (queue as Listing) : undefined), // the queue has it, too
    async pressure(name) {
      if (!has(adapter, "depth")) return undefined;
      try {
        return await (queue as Queue<Adapter & Depth>).pressure(name); // the queue has it, too
      } catch (error) {
        if (codeOf(error) === "forbidden") return undefined;
        throw error;
      }
    },
    adapter,
  };
}

function has(adapter: object, ...methods: readonly string[]): boolean {
  return methods.every((method) => typeof Reflect.get(adapter, method) === "function");
}
