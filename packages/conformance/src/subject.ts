import type {
  Depth,
  Adapter,
  Carry,
  ClaimedJob,
  Close,
  Control,
  Inspect,
  Keys,
  ListSchedules,
  Notify,
  Presence,
  Prune,
  Pull,
  Renew,
  Schedules,
  Stats,
  Traits,
  PauseFor,
  Update,
  Wake,
  Within,
} from "@longshore/core/adapter";

/** The optional interfaces of the contract, by name. */
export type Interfaces = {
  Pull: Pull;
  Renew: Renew;
  Wake: Wake;
  Notify: Notify;
  Inspect: Inspect;
  Control: Control;
  Keys: Keys;
  Depth: Depth;
  Update: Update;
  PauseFor: PauseFor;
  Prune: Prune;
  Schedules: Schedules;
  ListSchedules: ListSchedules;
  Stats: Stats;
  Presence: Presence;
  Carry: Carry;
  Close: Close;
};

/** Any adapter: the required methods, and whatever else it has. */
export type AnyAdapter = Adapter &
  Partial<
    Pull &
      Renew &
      Wake &
      Notify &
      Inspect &
      Control &
      Keys &
      Depth &
      Update &
      PauseFor &
      Prune &
      Schedules &
      ListSchedules &
      Stats &
      Presence &
      Carry &
      Close
  >;

/** The clock that the cases move. An adapter under test uses no other. */
export type Clock = { now(): number };

/** A new, empty adapter under test, and what the suite may do with it. */
export type Subject = {
  readonly adapter: AnyAdapter;
  /**
   * For adapters that deliver: delivers every message that is due by now, in batches, as the host would. Resolves when
   * every batch has been run; a message that becomes due meanwhile may wait for the next call. If `run` rejects, the
   * consumer crashed: its unsettled jobs come again.
   */
  deliver?(run: (jobs: readonly ClaimedJob[]) => Promise<void>): Promise<void>;
  /**
   * For durable adapters: the adapter of a process that starts after this one was killed. The old one is not reused.
   */
  reopen?(): AnyAdapter | Promise<AnyAdapter>;
  /**
   * For stores with `within`: runs `work` in a transaction, which commits when `work` has returned. If `work` throws, it
   * rolls back and throws the same.
   */
  transact?(work: Transacted): Promise<void>;
  /** Called at the end of the case, even if it failed. */
  dispose?(): void | Promise<void>;
};

/** What a case does in a transaction. */
export type Transacted = (within: Within<Traits & { readonly unique: true }>) => Promise<void>;

/** Makes the adapter under test. Called for each case. */
export type Make = (world: { readonly clock: Clock }) => Subject | Promise<Subject>;
