import type { Kit } from "./kit.ts";
import type { Need } from "./need.ts";

/** One promise of the contract, as data: who must keep it, and how to find out. */
export type Case = {
  /** A sentence about behaviour, unique in the suite. */
  readonly name: string;
  /** The outage of the field that it guards against, by its id in our list of faults. */
  readonly fault?: string;
  /** What the adapter must have, or the case is skipped and says so. */
  readonly needs: readonly Need[];
  /** Rejects if the promise is broken. */
  run(kit: Kit<Need>): Promise<void>;
};

/** Declares a case; inside it the adapter has the interfaces that `needs` names, and no others. */
export function defineCase<const N extends Need = never>(declared: {
  readonly name: string;
  readonly fault?: string;
  readonly needs: readonly N[];
  run(kit: Kit<N>): Promise<void>;
}): Case {
  // The kit that a case is run with belongs to an adapter that was checked for its needs.
  return declared as unknown as Case;
}
