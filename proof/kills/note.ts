/** Who ran a job: the object's own runner, or a worker outside that outlives the kills. */
export type By = "object" | "straggler";

/** What somebody saw of a job. */
export type Note =
  /** Somebody is about to ask for it; how it should end. */
  | { readonly type: "attempted"; readonly id: string; readonly end: "completed" | "dead" }
  /** The store's answer arrived: it stands, or stood already. */
  | { readonly type: "acknowledged"; readonly id: string }
  /** A handler was entered; `fails`: and is going to throw. */
  | {
      readonly type: "executed";
      readonly id: string;
      readonly attempt: number;
      readonly token: number;
      readonly by: By;
      readonly fails: boolean;
    }
  /** The store took this run's end for the job's. */
  | { readonly type: "accepted"; readonly id: string }
  /** The process that holds the storage is gone. */
  | { readonly type: "killed" }
  | { readonly type: "restarted" };

/** `at`: ms of this process's monotonic clock. */
export type Entry = Note & { readonly at: number };
