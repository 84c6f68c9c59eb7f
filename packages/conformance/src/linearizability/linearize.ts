/** What an object answers and becomes, one call at a time. States with the same key are the same state. */
export type Specification<State, Input, Answer> = {
  readonly initial: State;
  /** Every state that a call so answered may leave behind; none if it cannot be answered so. Undefined: the answer is unknown. */
  step(state: State, input: Input, answer: Answer | undefined): readonly State[];
  key(state: State): string;
};

/** A call as its caller saw it, between two instants of one counter. */
export type Interval<Input, Answer> = {
  readonly input: Input;
  /** Undefined where nobody knows it. */
  readonly answer: Answer | undefined;
  readonly calledAt: number;
  /** Infinity: it never returned. It may have happened at any instant since, or not at all. */
  readonly returnedAt: number;
};

export type Linearization<Call> = {
  readonly linearizable: boolean;
  /** The calls in an order that agrees with the specification: all that returned, or the most that can be. */
  readonly order: readonly Call[];
};

/**
 * Looks for an order of concurrent calls that the specification allows and that puts no call before one that had
 * returned when it began. Depth first over (state, set of calls that are placed), none of which is visited twice:
 * Wing & Gong, "Testing and Verifying Concurrent Objects" (1993), with the memory of Lowe, "Testing for
 * Linearizability" (2017). Histories of independent objects must be split first (Horn & Kroening, "Faster
 * Linearizability Checking via P-Compositionality", 2015). Of calls that are alike (input and answer equal as JSON)
 * only the one that returned first is tried: it could change places with any other. Calls that never returned are
 * placed only where nothing else fits and where they change the state.
 */
export function linearize<State, Input, Answer, Call extends Interval<Input, Answer>>(
  specification: Specification<State, Input, Answer>,
  history: readonly Call[],
): Linearization<Call> {
  const { initial, step, key } = specification;
  const calls = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const placed = placesFor(calls.length);
  const seen = new Set<string>();
  let left = calls.filter(returned).length;

  const kinds = new Map<number, string>();
  const kindOf = (index: number): string => {
    const kind = kinds.get(index) ?? JSON.stringify([calls[index]?.input, calls[index]?.answer]);
    kinds.set(index, kind);
    return kind;
  };
  const endOf = (index: number): number => calls[index]?.returnedAt ?? Infinity;
  const lost = [...calls.keys()].filter((index) => endOf(index) === Infinity);
  /** Of those that are alike, the one that returned first. */
  const unlike = (ready: readonly number[]): Iterable<number> => {
    if (ready.length === 1) return ready;
    const best = new Map<string, number>();
    for (const index of ready) {
      const kind = kindOf(index);
      const other = best.get(kind);
      if (other === undefined || endOf(index) < endOf(other)) best.set(kind, index);
    }
    return best.values();
  };

  /** What may come next, and the states it may lead to. */
  function* moves(state: State, from: number): Generator<Move<State, Call>> {
    const ready: number[] = [];
    let bound = Infinity;
    let first = from;
    for (let index = from; index < calls.length; index++) {
      const call = calls[index] as Call; // below its length
      if (call.calledAt > bound) break;
      if (!placed.has(index) && returned(call)) {
        ready.push(index);
        bound = Math.min(bound, call.returnedAt);
      } else if (first === index) {
        first++;
      }
    }
    for (const index of lost) {
      if ((calls[index]?.calledAt ?? Infinity) > bound) break;
      if (!placed.has(index)) ready.push(index);
    }
    for (const index of unlike(ready)) {
      const call = calls[index] as Call; // one of them
      for (const next of step(state, call.input, call.answer)) {
        if (returned(call) || key(next) !== key(state)) yield { call, index, next, first };
      }
    }
  }

  const path: { readonly move: Move<State, Call>; readonly others: Generator<Move<State, Call>> }[] = [];
  let longest: readonly Call[] = [];
  let fewest = Infinity;
  let options = moves(initial, 0);
  while (left > 0) {
    const { value: move } = options.next();
    if (move !== undefined) {
      placed.flip(move.index);
      const place = `${placed.key()} ${key(move.next)}`;
      if (seen.has(place)) {
        placed.flip(move.index);
        continue;
      }
      seen.add(place);
      if (returned(move.call)) left--;
      path.push({ move, others: options });
      options = moves(move.next, move.first);
      continue;
    }
    if (left < fewest) {
      fewest = left;
      longest = path.map((one) => one.move.call);
    }
    const last = path.pop();
    if (last === undefined) return { linearizable: false, order: longest };
    placed.flip(last.move.index);
    if (returned(last.move.call)) left++;
    options = last.others;
  }
  return { linearizable: true, order: path.map((one) => one.move.call) };
}

/** `first`: no call before it is left that returned. */
type Move<State, Call> = { readonly call: Call; readonly index: number; readonly next: State; readonly first: number };

function returned({ returnedAt }: { readonly returnedAt: number }): boolean {
  return returnedAt < Infinity;
}

/** A set of small numbers, as bits. */
function placesFor(count: number): { has(index: number): boolean; flip(index: number): void; key(): string } {
  const words = Array.from({ length: Math.ceil(count / 31) }, () => 0);
  const bit = (index: number): number => 1 << (index % 31);
  const wordOf = (index: number): number => words[Math.floor(index / 31)] ?? 0;
  return {
    has: (index) => (wordOf(index) & bit(index)) !== 0,
    flip: (index) => void (words[Math.floor(index / 31)] = wordOf(index) ^ bit(index)),
    key: () => words.join(","),
  };
}
