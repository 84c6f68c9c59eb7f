import type { Outcome } from "./contract.ts";

export const COMPLETE: Outcome = { type: "complete" };

/** Gives the job back at once, without costing an attempt. */
export const RELEASE: Outcome = { type: "snooze", delayMs: 0 };
