/** What must hold in every history, by the name in a failure. */
export const INVARIANTS = {
  I0: "determinism: the same seed makes the same history",
  I1: "conservation: what was acknowledged stands until it has ended and its time is over, or an operator removes it",
  I2: "no invention: whatever stands or starts was asked for, or is an occurrence",
  I3: "single lease: nobody claims what somebody else holds",
  I4: "tokens grow with every claim, and none is given twice",
  I5: "authority: only the newest claim's token settles or renews, and settles once",
  I6: "an end is an end: only replay, remove and retention touch a job that has ended",
  I7: "legal transitions: every change of state is one of the published ones",
  I8: "attempts count at the claim, less those given back, and none starts beyond the policy's last",
  I9: "not before: no claim takes a job that is not due by the store's clock",
  I10: "uniqueness: one row an id, and a duplicate names a row that stands",
  I11: "occurrences: each fires at most once, none that the rule does not name, and none is missed against the policy",
  I12: "order: a claim takes lower priorities first, then earlier due times",
  I13: "slots: a worker never runs more jobs of a queue than it has slots",
  I14: "dead letters: the dead are listed, with their cause",
  I16: "integrity: a payload arrives byte for byte as it was enqueued, on every attempt",
  I17: "events: each tells of something that was committed, once, in order; none is missing where nothing broke",
  I18: "wake-up: the store never says to sleep past what is due",
  I20: "liveness: once nothing goes wrong everything ends, stops end, and idle workers do next to nothing",
  I21: "bounds: what a process holds does not grow with its history",
  I22: "refused means no effect",
  I23: "figures: what a store has counted is what happened",
  I24: "turns: a rule fires and resolves in turns, and each turn is one job that tells of it",
  I25: "alerts are true: each tells what was while its evaluator looked, beyond the threshold for as long as the rule asks, and outside of its pause",
  I26: "silence is true: whoever looks and is heard to the end leaves nothing untold that holds or is over",
} as const;
export type InvariantId = keyof typeof INVARIANTS;

export type Violation = {
  readonly invariant: InvariantId;
  readonly message: string;
  /** Virtual time since the history's beginning, in ms. */
  readonly atMs: number;
};

/** Reports a broken invariant. The first one ends the history. */
export type Fail = (invariant: InvariantId, message: string) => void;
