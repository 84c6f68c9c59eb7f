import { randomFor } from "./random.ts";

/** Every fault in a history. The first eight affect one call of the store. */
export const FAULT_KINDS = [
  /** The call fails, and nothing happened. */
  "refused",
  /** It happened, but the caller gets an error. */
  "lostReply",
  /** It happened, but the caller gets no answer. */
  "hung",
  /** It never reached the store, and the caller gets no answer. */
  "unsent",
  /** The call and its answer take up to two leases each. */
  "slow",
  /** It reaches the store twice, the second time late. */
  "doubled",
  /** The caller's process dies before the call leaves it. */
  "crashBefore",
  /** The store carries it out, and the caller's process dies before the answer arrives. */
  "crashAfter",
  /** A wake-up from the store is lost. */
  "lostWake",
  /** A process dies at a random moment. */
  "crash",
  /** A process's clock jumps, up to 8 hours ahead or a minute back. */
  "clockJump",
  /** The store's clock jumps, up to a minute ahead or 10 seconds back. */
  "storeClockJump",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export const CALL_FAULTS: readonly FaultKind[] = FAULT_KINDS.slice(0, 8);

/** Faults by place, such as `worker-1.2#17`. They let a history be repeated. */
export type Injected = Readonly<Record<string, FaultKind>>;

export type Faults = {
  /** Injects and returns the fault of this place, if any. Each place is asked about once. */
  inject(place: string, kinds: readonly FaultKind[]): FaultKind | undefined;
  /** A random number for the size of a fault; always the same for a place. */
  sizeOf(place: string): number;
  /** Ends all faults. */
  end(): void;
  readonly injected: Injected;
};

export type Rates = Readonly<Record<FaultKind, number>>;

/** Draws faults by these rates, or uses exactly the given ones. */
export function createFaults(seed: number, rates: Rates, only?: Injected): Faults {
  const injected: Record<string, FaultKind> = {};
  let ended = false;

  const drawn = (place: string, kinds: readonly FaultKind[]): FaultKind | undefined => {
    let left = randomFor(seed, `fault ${place}`)();
    for (const kind of kinds) if ((left -= rates[kind]) < 0) return kind;
    return undefined;
  };

  return {
    inject(place, kinds) {
      if (ended) return undefined;
      const kind = only === undefined ? drawn(place, kinds) : only[place];
      if (kind === undefined || !kinds.includes(kind)) return undefined;
      injected[place] = kind;
      return kind;
    },
    sizeOf: (place) => randomFor(seed, `size ${place}`)(),
    end() {
      ended = true;
    },
    injected,
  };
}
