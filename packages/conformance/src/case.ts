import type { Harness } from "./harness.ts";
import type { Need } from "./need.ts";

/** One promise of the contract, as data: which adapters must keep it, and how to check. */
export type Case = {
  /** A sentence about behaviour, unique in the suite. */
  readonly name: string;
  /** The real-world outage that it guards against, by its id in our list of faults. */
  readonly fault?: string;
  /** What the adapter must have; otherwise the case is skipped with a reason. */
  readonly needs: readonly Need[];
  /** Rejects if the promise is broken. */
  run(harness: Harness<Need>): Promise<void>;
};

/** Declares a case. Its adapter has the interfaces in `needs`, and no others. */
export function defineCase<const N extends Need = never>(declared: {
  readonly name: string;
  readonly fault?: string;
  readonly needs: readonly N[];
  run(harness: Harness<N>): Promise<void>;
}): Case {
  // The suite runs a case only with an adapter that was checked for its needs.
  return declared as unknown as Case;
}
