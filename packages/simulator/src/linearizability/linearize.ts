/** An object's answers and states, one call at a time. States with equal keys are equal. */
export type Specification<State, Input, Answer> = {
  readonly initial: State;
  /** All states that may follow this call and answer (undefined: unknown answer); none if the answer is impossible. */
  step(state: State, input: Input, answer: Answer | undefined): readonly State[];
  key(state: State): string;
};

/** A call as its caller saw it, between two instants of one counter. */
export type Interval<Input, Answer> = {
  readonly input: Input;
  /** Undefined if unknown. */
  readonly answer: Answer | undefined;
  readonly calledAt: number;
  /** Infinity if it never returned: it may have happened at any later instant, or not at all. */
  readonly returnedAt: number;
};

export type Linearization<Call> = {
  readonly linearizable: boolean;
  /** The calls in a valid order: all that returned, or as many as possible. */
  readonly order: readonly Call[];
};

/**
 * Looks for an order of concurrent calls that the specification allows. No call may come before one that returned
 * before it began. Searches depth first over (state, set of placed calls) and visits none twice: Wing & Gong, "Testing
 * and Verifying Concurrent Objects" (1993), with the cache of Lowe, "Testing for Linearizability" (2017). Histories of
 * independent objects must be split first (Horn & Kroening, "Faster Linearizability Checking via P-Compositionality",
 * 2015). Of equal calls (input and answer equal as JSON) only the one that returned first is tried, because it could
 * change places with the others. Calls that never returned are placed only if nothing else fits and they change the
 * state, and a failed state is not tried again with more of them.
 */
export function linearize<State, Input, Answer, Call extends Interval<Input, Answer>>(
  { initial, step, key }: Specification<State, Input, Answer>,
  history: readonly Call[],
): Linearization<Call> {
  const calls = [...history].sort((a, b) => a.calledAt - b.calledAt);
  const certain = calls.filter(({ returnedAt }) => returnedAt < Infinity);
  const lost = calls.filter(({ returnedAt }) => returnedAt === Infinity);
  const done = bits(certain.length);
  const used = bits(lost.length);
  const kinds = new Map<Call, string>();
  const failed = new Map<string, (readonly number[])[]>();

  const kindOf = (call: Call): string => {
    const kind = kinds.get(call) ?? JSON.stringify([call.input, call.answer]);
    kinds.set(call, kind);
    return kind;
  };
  const unlike = (ready: readonly Candidate<Call>[]): Iterable<Candidate<Call>> => {
    if (ready.length === 1) return ready;
    const best = new Map<string, Candidate<Call>>();
    for (const one of ready) {
      const other = best.get(kindOf(one.call));
      if (other === undefined || one.call.returnedAt < other.call.returnedAt) best.set(kindOf(one.call), one);
    }
    return best.values();
  };
  /** The possible next calls with the states after them. All returned calls before `from` are placed. */
  function* moves(state: State, from: number): Generator<Move<State, Call>> {
    const ready: Candidate<Call>[] = [];
    let bound = Infinity;
    let first = from;
    for (let index = from; index < certain.length; index++) {
      const call = certain[index] as Call; // below its length
      if (call.calledAt > bound) break;
      if (!done.has(index)) {
        ready.push({ call, index, among: done });
        bound = Math.min(bound, call.returnedAt);
      } else if (first === index) {
        first++;
      }
    }
    for (const [index, call] of lost.entries()) {
      if (call.calledAt <= bound && !used.has(index)) ready.push({ call, index, among: used });
    }
    for (const one of unlike(ready)) {
      for (const next of step(state, one.call.input, one.call.answer)) {
        if (one.among === done || key(next) !== key(state)) yield { ...one, next, first };
      }
    }
  }
  /** Whether this state was visited before, with at most as many unreturned calls used. */
  const known = (state: State): boolean => {
    const place = `${done.words.join()} ${key(state)}`;
    const before = failed.get(place) ?? [];
    if (before.some((words) => words.every((word, i) => (word & ~(used.words[i] ?? 0)) === 0))) return true;
    failed.set(place, [...before, [...used.words]]);
    return false;
  };

  const path: { readonly move: Move<State, Call>; readonly others: Generator<Move<State, Call>> }[] = [];
  const order = (): Call[] => path.map(({ move }) => move.call);
  let left = certain.length;
  let longest: readonly Call[] = [];
  let fewest = Infinity;
  let options = moves(initial, 0);
  while (left > 0) {
    const { value: move } = options.next();
    if (move !== undefined) {
      move.among.flip(move.index);
      if (known(move.next)) {
        move.among.flip(move.index);
        continue;
      }
      if (move.among === done) left--;
      path.push({ move, others: options });
      options = moves(move.next, move.first);
      continue;
    }
    if (left < fewest) {
      fewest = left;
      longest = order();
    }
    const last = path.pop();
    if (last === undefined) return { linearizable: false, order: longest };
    last.move.among.flip(last.move.index);
    if (last.move.among === done) left++;
    options = last.others;
  }
  return { linearizable: true, order: order() };
}

type Candidate<Call> = { readonly call: Call; readonly index: number; readonly among: Bits };
type Move<State, Call> = Candidate<Call> & { readonly next: State; readonly first: number };

/** A set of small numbers. */
type Bits = { readonly words: readonly number[]; has(index: number): boolean; flip(index: number): void };

function bits(count: number): Bits {
  const words = Array.from({ length: Math.ceil(count / 31) }, () => 0);
  const wordOf = (index: number): number => words[Math.floor(index / 31)] ?? 0;
  return {
    words,
    has: (index) => (wordOf(index) & (1 << (index % 31))) !== 0,
    flip: (index) => void (words[Math.floor(index / 31)] = wordOf(index) ^ (1 << (index % 31))),
  };
}
