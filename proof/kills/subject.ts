import type { Store, Traits } from "@longshore/core/adapter";
import type { Chance } from "./chance.ts";
import type { Ledger } from "./ledger.ts";
import type { Target } from "./note.ts";
import type { Sabotage } from "./sabotage.ts";

/** A store that can do all that the loop's jobs need. */
export type TestedStore = Store<Traits & { readonly unique: true; readonly ordered: true; readonly fenced: true }>;

/** A store with everything that runs jobs, of which parts are killed. What it holds ends with this process. */
export type Subject = {
  /** Reaches the store from outside: no kill ends it. A call of which no answer arrives throws. */
  readonly adapter: TestedStore;
  /** How many calls a producer outside makes at a time. */
  readonly lanes: number;
  /** Whether a call from outside wakes what sleeps: then it is left alone at the end, to see whether it wakes by itself. */
  readonly wokenByCalls: boolean;
  /** What keeps the jobs, and so is waited for after a kill. */
  readonly keeper: Target;
  /** Kills a part, and lets it come back. Rejects where something had ended by itself. `turn`: 1, 2, … */
  kill(turn: number): Promise<void>;
  /** Kills all of it at once, and lets it come back: from then on it runs what is there, and enqueues nothing. */
  killAll(): Promise<void>;
  /** What its processes said last. */
  lastWords(): string;
  stop(): void | Promise<void>;
};

export type SubjectOptions = {
  readonly ledger: Ledger;
  readonly chance: Chance;
  /** How often `kill` will be called. */
  readonly kills: number;
  readonly sabotage: Sabotage | undefined;
};

/** Resolves when the store answers and everything runs. */
export type OpenSubject = (options: SubjectOptions) => Promise<Subject>;
