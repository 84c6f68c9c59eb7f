/** What can go wrong with one call of a store. */
export const CALL_FAULTS = [
  /** The call fails, and nothing happened. */
  "refused",
  /** It happened, but the caller gets an error. */
  "lostReply",
  /** It happened, but the caller gets no answer. */
  "hung",
  /** It never reached the store, and the caller gets no answer. */
  "unsent",
  /** The call and its answer take long, each. */
  "slow",
  /** It reaches the store twice, the second time late. */
  "doubled",
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];
