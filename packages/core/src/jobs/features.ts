import type { QueueDefinition } from "./concurrency.ts";

/** A feature that a definition or a request uses, and that not every adapter has. */
export type Feature = StoreFeature | "unique" | "limits" | "after" | "startWithin" | "throttle" | "maxDepth" | "order";
/** What every store has. */
export type StoreFeature = "id" | "priority";

/** The features that an id, a priority, a unique key, parents or a time to begin use. */
export type UsesOf<Id, Priority, Key, Parents = undefined, Within = undefined> =
  | ([Id] extends [undefined] ? never : "id")
  | ([Priority] extends [undefined] ? never : "priority")
  // An option that may be undefined came with others, and is checked at run time.
  | (undefined extends Key ? never : [Key] extends [never] ? never : "unique")
  | (undefined extends Parents ? never : [Parents] extends [never] ? never : "after")
  | (undefined extends Within ? never : [Within] extends [never] ? never : "startWithin");

/** The features that a key of a limit, a throttle or a queue with limits use. */
export type LimitsOf<Place, Line, Starts> =
  | (undefined extends Place ? never : [Place] extends [never] ? never : "limits")
  | (undefined extends Starts ? never : [Starts] extends [never] ? never : "throttle")
  | ([Line] extends [string] ? never : [Line] extends [QueueDefinition<infer Uses>] ? Uses : never);

/** The feature that an order uses. */
export type OrderUse<Turn> = undefined extends Turn ? never : [Turn] extends [never] ? never : "order";
