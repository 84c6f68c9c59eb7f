import type { Make } from "@longshore/conformance";
import {
  type Answer,
  type Apply,
  type Operation,
  type Row,
  type State,
  type StoreVerb,
  apply,
  makeReference,
} from "@longshore/conformance/tools";

/** An adapter that is broken in one way, and that the suite must catch. */
export type Saboteur = {
  /** What it does wrong. */
  readonly name: string;
  readonly make: Make;
};

/** What a sabotaged verb may look at: the state before, the call, and what a correct store would do. */
export type Sabotaged<V extends StoreVerb> = {
  readonly state: State;
  readonly input: Operation<V>["input"];
  readonly now: number;
  /** The correct step, on the same state and input unless others are given. */
  correct(state?: State, input?: Operation<V>["input"]): Step<V>;
};

export type Step<V extends StoreVerb> = { readonly state: State; readonly answer: Answer<V> };

/** A reference store with one verb sabotaged. */
export function sabotage<V extends StoreVerb>(
  name: string,
  verb: V,
  sabotaged: (call: Sabotaged<V>) => Step<V>,
): Saboteur {
  return saboteur(name, replaceVerb(verb, sabotaged));
}

/** A reference store with another step. */
export function saboteur(name: string, step: Apply): Saboteur {
  return { name, make: makeReference(step) };
}

/** The correct step for all verbs but one. */
export function replaceVerb<V extends StoreVerb>(
  verb: V,
  sabotaged: (call: Sabotaged<V>) => Step<V>,
  others: Apply = apply,
): Apply {
  return (state, operation, now) => {
    if (operation.verb !== verb) return others(state, operation, now);
    const input = operation.input as Operation<V>["input"]; // its verb was compared
    return sabotaged({
      state,
      input,
      now,
      correct: (from = state, given = input) => {
        const step = apply(from, { verb, input: given } as Operation, now); // verb and input belong together
        return { state: step.state, answer: step.answer as Answer<V> }; // of that verb
      },
    });
  };
}

/** The state with every row changed, or dropped where the change answers undefined. */
export function mapRows(state: State, change: (row: Row) => Row | undefined): State {
  const rows = new Map<string, Row>();
  for (const [id, row] of state.rows) {
    const changed = change(row);
    if (changed !== undefined) rows.set(id, changed);
  }
  return { ...state, rows };
}

/** The state with one row changed, if it stands. */
export function mapRow(state: State, id: string, change: (row: Row) => Row): State {
  return mapRows(state, (row) => (row.data.id === id ? change(row) : row));
}
