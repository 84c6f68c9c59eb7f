import { randomFor } from "../random.ts";

/** Faults by place, such as `settle#17`. They let a history be repeated. */
export type Injected<Kind extends string = string> = Readonly<Record<string, Kind>>;

export type Faults<Kind extends string> = {
  /** Injects and returns the fault of this place, if any. Each place is asked about once. */
  inject<K extends Kind>(place: string, kinds: readonly K[]): K | undefined;
  /** A random number for the size of a fault; always the same for a place. */
  sizeOf(place: string): number;
  /** Ends all faults. */
  end(): void;
  readonly injected: Injected<Kind>;
};

/** Draws faults by these rates (0 to 1), or uses exactly the given ones. */
export function createFaults<Kind extends string>(
  seed: number,
  rates: Readonly<Record<Kind, number>>,
  only?: Injected<Kind>,
): Faults<Kind> {
  const injected: Record<string, Kind> = {};
  let ended = false;

  const drawn = <K extends Kind>(place: string, kinds: readonly K[]): K | undefined => {
    let left = randomFor(seed, `fault ${place}`)();
    for (const kind of kinds) if ((left -= rates[kind]) < 0) return kind;
    return undefined;
  };

  return {
    inject(place, kinds) {
      if (ended) return undefined;
      const kind = only === undefined ? drawn(place, kinds) : kinds.find((one) => one === only[place]);
      if (kind === undefined) return undefined;
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
