import type { ErrorCode } from "@longshore/core";
import type { JobPage, ListRequest, Stats, Store as Contract } from "@longshore/core/adapter";

type Verb = Exclude<keyof (Contract & Stats), "name" | "traits">;

/**
 * Every verb of the contract, but synchronous: each is one atomic operation, and part of a `transactionSync` around
 * it, with whose other writes it is committed or rolled back.
 */
export type JobStore = {
  readonly [V in Exclude<Verb, "list">]: (
    ...input: Parameters<(Contract & Stats)[V]>
  ) => Awaited<ReturnType<(Contract & Stats)[V]>>;
} & {
  /** `most`: how many characters the page may have, but for one job more. Default: 8 000 000. */
  list(request: ListRequest, most?: number): JobPage;
};

/** What an object can be asked for, besides the verbs of its store: to look at what is due, and at all schedules. */
export type ObjectVerbs = JobStore & { wake(): void };
export type ObjectVerb = Verb | "wake";

/** What a client asks of an object. */
export type Call = {
  readonly verb: ObjectVerb;
  readonly input: readonly unknown[];
  /** Of how many the client knows. */
  readonly shards: number;
  /** The first shard agreed to the number. */
  readonly agreed: boolean;
};

/** Refusals are values: what is thrown across RPC is logged as uncaught, and loses its class. */
export type Reply =
  | { readonly type: "done"; readonly value: unknown }
  | { readonly type: "refused"; readonly code: ErrorCode; readonly message: string }
  /** The object was never used, and asks to agree on the number of shards first. */
  | { readonly type: "new" };

/** The one method that an object needs so that the client adapter can reach its jobs. */
export type JobsMethod = { jobs(call: Call): Reply | Promise<Reply> };

export type InputOf<V extends ObjectVerb> = Parameters<ObjectVerbs[V]>;
export type AnswerOf<V extends ObjectVerb> = ReturnType<ObjectVerbs[V]>;
