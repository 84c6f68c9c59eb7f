import type { End } from "./jobs.ts";

/** What a kill ends: the object with its runtime, a process of ours, or the database's server. */
export type Target = "object" | "process" | "server";

/** SIGQUIT ends a server of PostgreSQL at once, but in order: its processes know it. */
export type Signal = "SIGKILL" | "SIGQUIT";

/** What somebody saw of a job, or did to a process. */
export type Note =
  /** Somebody is about to ask for it; how it should end. */
  | { readonly type: "attempted"; readonly id: string; readonly end: End }
  /** The store's answer arrived: it stands, or stood already. */
  | { readonly type: "acknowledged"; readonly id: string }
  /** A handler was entered. */
  | {
      readonly type: "executed";
      readonly id: string;
      readonly attempt: number;
      readonly token: number;
      /** Who runs it: the object, a process by its name, or a straggler, whom no kill ends. */
      readonly by: string;
      /** It is going to throw. */
      readonly fails: boolean;
      /** The job's age at the claim, by the store's clock, in ms; where the claim could be seen. */
      readonly ageMs?: number | undefined;
    }
  /** A handler came to its end and does not throw; noted where no row tells it. */
  | { readonly type: "finished"; readonly id: string }
  /** The store took this run's end for the job's. */
  | { readonly type: "accepted"; readonly id: string }
  /** `name`: as in `by` of its runs. */
  | { readonly type: "killed"; readonly target: Target; readonly name: string; readonly signal: Signal }
  /** What was killed, or its successor, answers. */
  | { readonly type: "restarted"; readonly target: Target };

/** `at`: ms of the ledger's monotonic clock. */
export type Entry = Note & { readonly at: number };

/** Where notes are kept. */
export type Notes = {
  /** Resolves when they are written down, all at once. */
  note(...notes: readonly Note[]): Promise<void>;
  /** How many jobs were acknowledged and never executed since, as far as is known here. */
  waiting(): number;
};
