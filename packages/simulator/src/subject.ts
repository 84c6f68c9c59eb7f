import type { Make, Subject } from "@longshore/conformance";
import type { Alarms, Watched } from "./alerts/alarms.ts";

/** A store to simulate, and what looks at it from outside. */
export type SimulatedSubject = Subject & {
  /** Evaluates these rules once, as `evaluate` of `@longshore/signals` does. Without it there are no evaluators. */
  evaluate?(store: Watched, alarms: Alarms): Promise<unknown>;
};

/** Makes the store to simulate. Called for each history. */
export type MakeSimulated = (...world: Parameters<Make>) => SimulatedSubject | Promise<SimulatedSubject>;
