/** What must hold of the alerts in every history. The name is in each failure. */
export const ALERT_INVARIANTS = {
  alertTransitions: "A rule fires and resolves alternately, and each time enqueues one job with one alert.",
  alertAccuracy:
    "An alert says what was true while its evaluator looked; it fires only above the threshold, after the condition held for as long as its rule asks and outside of its cooldown.",
  alertCompleteness: "An evaluation that ends without an error leaves no alert unsent.",
} as const;

/** Reports a broken invariant. The first one ends the history. */
export type Fail = (invariant: keyof typeof ALERT_INVARIANTS, message: string) => void;
