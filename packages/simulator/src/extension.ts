import type { AnySchema, Definition, Schema } from "@longshore/core";
import type { Change, Rows } from "./rows.ts";
import type { Client } from "./faulty-connection.ts";
import type { Commit } from "./commit.ts";
import type { Process } from "./process.ts";

/**
 * More processes in the histories, of which the simulator knows nothing, and the checks of what they do. For whoever
 * tests code that uses a store beside the queue and the worker, such as evaluators of alerts.
 */
export type Extension = {
  /** The name of its processes, such as `evaluator`. A plan's `extras` is their number. */
  readonly name: string;
  /** The jobs that its processes enqueue. The histories' workers run them, as they run all others. */
  readonly jobs: readonly Definition<Schema<unknown>, AnySchema | undefined>[];
  /** Its own queues, and how many of their jobs a worker runs at a time. */
  readonly slots: Readonly<Record<string, number>>;
  /** Whether the cursor of this name is moved by its processes. The simulator checks all others as schedules. */
  owns(cursor: string): boolean;
  /** Called for each history. `fail` reports a broken invariant of the extension, by a name of its own. */
  observe(rows: Rows, fail: (invariant: string, message: string) => void): ExtensionObserver;
};

/** An extension in one history. */
export type ExtensionObserver = {
  /** Runs one of its processes, which may die at any moment and start again. */
  run(actor: ExtensionActor): Promise<void>;
  /** Called after each call that the store carried out, of whatever process. */
  commit(commit: Commit, changes: readonly Change[]): void;
  /** Called when the history has ended. `quietAt`: the store's time when the faults ended. */
  end(quietAt: number): void;
};

/** What one process of an extension works with. */
export type ExtensionActor = {
  readonly process: Process;
  /** The store as this process sees it: calls take time, and faults affect them. */
  readonly store: Client;
  /** True once no more faults occur. */
  quiet(): boolean;
  /** Makes calls that faults may break. Resolves without a result if they did. */
  attempt(calls: () => Promise<void>): Promise<void>;
};
