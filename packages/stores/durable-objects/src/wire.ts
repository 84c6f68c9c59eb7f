import type { ErrorCode } from "@longshore/core";
import type { JobStore } from "@longshore/sqlite-engine";

/** What an object can be asked for: the verbs of its store, and to check due jobs and all schedules. */
export type ObjectVerbs = JobStore & { wake(): void };
export type ObjectVerb = keyof ObjectVerbs;

/** What a client asks of an object. */
export type Call = {
  readonly verb: ObjectVerb;
  readonly input: readonly unknown[];
  /** How many shards the client knows. */
  readonly shards: number;
  /** Whether the first shard agreed to the number. */
  readonly agreed: boolean;
};

/** Refusals are values, because an error thrown across RPC is logged as uncaught and loses its class. */
export type Reply =
  | { readonly type: "done"; readonly value: unknown }
  | { readonly type: "refused"; readonly code: ErrorCode; readonly message: string }
  /** The object was never used, and the first shard must agree on the number of shards first. */
  | { readonly type: "new" };

/** The one method that an object needs so that the client adapter can reach its jobs. */
export type JobsMethod = { jobs(call: Call): Reply | Promise<Reply> };

export type InputOf<V extends ObjectVerb> = Parameters<ObjectVerbs[V]>;
export type AnswerOf<V extends ObjectVerb> = ReturnType<ObjectVerbs[V]>;
