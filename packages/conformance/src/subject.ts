import type {
  Adapter,
  Carry,
  ClaimedJob,
  Close,
  Control,
  Inspect,
  Notify,
  Presence,
  Prune,
  Pull,
  Renew,
  Schedules,
  Stats,
  Wake,
} from "@longshore/core/adapter";

/** The optional interfaces of the contract, by name. */
export type Interfaces = {
  Pull: Pull;
  Renew: Renew;
  Wake: Wake;
  Notify: Notify;
  Inspect: Inspect;
  Control: Control;
  Prune: Prune;
  Schedules: Schedules;
  Stats: Stats;
  Presence: Presence;
  Carry: Carry;
  Close: Close;
};

/** Any adapter: what is required of all, and whatever else it has. */
export type AnyAdapter = Adapter &
  Partial<Pull & Renew & Wake & Notify & Inspect & Control & Prune & Schedules & Stats & Presence & Carry & Close>;

/** The clock that the cases move. An adapter under test reads no other. */
export type Clock = { now(): number };

/** An adapter under test, new and empty, and what the suite may do with it. */
export type Subject = {
  readonly adapter: AnyAdapter;
  /**
   * For adapters that are pushed to: delivers every message that is due by now, in batches, as the host would.
   * Resolves when every batch that it began was run; a message that comes due meanwhile may wait for the next call.
   * A `run` that rejects is a consumer that crashed: what it did not settle comes again.
   */
  deliver?(run: (jobs: readonly ClaimedJob[]) => Promise<void>): Promise<void>;
  /** For durable adapters: what a process finds that starts after this one was killed. The old adapter is not used again. */
  reopen?(): AnyAdapter | Promise<AnyAdapter>;
  /** Called when the case is over, whatever its end. */
  dispose?(): void | Promise<void>;
};

/** Makes the adapter under test. Called anew for every case. */
export type Make = (world: { readonly clock: Clock }) => Subject | Promise<Subject>;
