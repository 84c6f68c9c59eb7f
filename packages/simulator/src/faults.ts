import {
  CALL_FAULTS as LINE_FAULTS,
  type CallFault as LineFault,
  type Faults as Drawn,
  type Injected as Placed,
} from "@longshore/testing/tools";

type CallFault =
  | LineFault
  /** The caller's process dies before the call leaves it. */
  | "crashBefore"
  /** The store carries it out, and the caller's process dies before the answer arrives. */
  | "crashAfter";
export type FaultKind =
  | CallFault
  /** A wake-up from the store is lost. */
  | "lostWake"
  /** A process dies at a random moment. */
  | "crash"
  /** A process's clock jumps, up to 8 hours ahead or a minute back. */
  | "clockJump"
  /** The store's clock jumps, up to a minute ahead or 10 seconds back. */
  | "storeClockJump";

export const CALL_FAULTS: readonly CallFault[] = [...LINE_FAULTS, "crashBefore", "crashAfter"];
/** Every fault in a history. The first eight affect one call of the store. */
export const FAULT_KINDS: readonly FaultKind[] = [...CALL_FAULTS, "lostWake", "crash", "clockJump", "storeClockJump"];

/** Faults by place, such as `worker-1.2#17`. */
export type Injected = Placed<FaultKind>;
export type Faults = Drawn<FaultKind>;
export type Rates = Readonly<Record<FaultKind, number>>;
