import { chance } from "./chance.ts";

/** Everything that goes wrong in a history. The first eight are of one call of the store. */
export const FAULT_KINDS = [
  /** An error, and nothing happened. */
  "refused",
  /** It happened, and the caller gets an error. */
  "lostReply",
  /** It happened, and the caller never hears of it. */
  "hung",
  /** It never reached the store, and the caller never hears of it. */
  "unsent",
  /** It takes up to two leases to get there, and up to two to come back. */
  "slow",
  /** It reaches the store twice, the second time late. */
  "doubled",
  /** The caller's process dies before the call leaves it. */
  "crashBefore",
  /** The store does it, and the caller's process dies before it hears. */
  "crashAfter",
  /** A store's call to look again gets lost. */
  "lostWake",
  /** A process dies at any moment. */
  "crash",
  /** The clock of a process jumps, up to 8 hours ahead or a minute back. */
  "clockJump",
  /** The store's clock jumps, up to a minute ahead or 10 seconds back. */
  "storeClockJump",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const CALL_FAULTS: readonly FaultKind[] = FAULT_KINDS.slice(0, 8);

/** What went wrong where: the place's name, such as `worker-1.2#17`, and the kind. A history is repeated by it. */
export type Injected = Readonly<Record<string, FaultKind>>;

export type Faults = {
  /** Whether something goes wrong in this place, and what. Each place is asked about once. */
  strike(place: string, kinds: readonly FaultKind[]): FaultKind | undefined;
  /** Chance for the size of a fault; the same for the same place. */
  sized(place: string): number;
  /** Nothing goes wrong any more. */
  end(): void;
  readonly injected: Injected;
};

export type Rates = Readonly<Record<FaultKind, number>>;

/** By these rates; or exactly these faults, where they are given. */
export function createFaults(seed: number, rates: Rates, only?: Injected): Faults {
  const injected: Record<string, FaultKind> = {};
  let ended = false;

  const drawn = (place: string, kinds: readonly FaultKind[]): FaultKind | undefined => {
    let left = chance(seed, `fault ${place}`)();
    for (const kind of kinds) if ((left -= rates[kind]) < 0) return kind;
    return undefined;
  };

  return {
    strike(place, kinds) {
      if (ended) return undefined;
      const kind = only === undefined ? drawn(place, kinds) : only[place];
      if (kind === undefined || !kinds.includes(kind)) return undefined;
      injected[place] = kind;
      return kind;
    },
    sized: (place) => chance(seed, `size ${place}`)(),
    end() {
      ended = true;
    },
    injected,
  };
}
