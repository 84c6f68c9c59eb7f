import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { JobRef, JobState } from "@longshore/core/adapter";
import type { Acted, JobVerb } from "../src/api.ts";
import { act } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { count } from "./format.ts";
import { useShared } from "./session.ts";

type Shown = JobRef & { readonly state: JobState };

const VERBS: readonly {
  readonly verb: JobVerb;
  readonly label: string;
  readonly done: string;
  readonly states: readonly JobState[];
  /** What is asked first, if it cannot be taken back. */
  readonly warns?: string;
}[] = [
  { verb: "runNow", label: "Run now", done: "made due", states: ["delayed", "failed"] },
  { verb: "replay", label: "Replay", done: "replayed", states: ["dead", "cancelled"] },
  {
    verb: "cancel",
    label: "Cancel",
    done: "cancelled",
    states: ["delayed", "enqueued", "blocked", "active", "stalled", "failed"],
    warns: "A job that runs is stopped at its next renewal; its result is refused.",
  },
  {
    verb: "remove",
    label: "Remove",
    done: "removed",
    states: ["delayed", "enqueued", "blocked", "stalled", "failed", "completed", "dead", "cancelled"],
    warns: "The job and all that is known of it is deleted, and its id is free again.",
  },
];

/** The verbs that fit these jobs, each as a button. */
export function Verbs({ jobs, onDone }: { readonly jobs: readonly Shown[]; onDone(): void }): VNode | null {
  const { session, say } = useShared();
  const [asked, ask] = useState<(typeof VERBS)[number]>();
  const [busy, setBusy] = useState(false);
  if (!session.actions || !session.can.control) return null;

  const fitting = ({ states }: (typeof VERBS)[number]): readonly Shown[] =>
    jobs.filter(({ state }) => states.includes(state));

  const run = async (chosen: (typeof VERBS)[number]): Promise<void> => {
    ask(undefined);
    setBusy(true);
    const refs = fitting(chosen).map(({ id, partition }) => ({ id, partition }));
    try {
      const { answers } = await act<Acted>("act", session.token, { verb: chosen.verb, jobs: refs });
      const done = answers.filter(({ status }) => status === "done").length;
      const changed = answers.length - done;
      const rest =
        changed > 0 ? `; ${count(changed)} had changed meanwhile and ${changed > 1 ? "were" : "was"} left alone` : "";
      say(`${count(done)} ${done === 1 ? "job" : "jobs"} ${chosen.done}${rest}.`, changed > 0 ? "bad" : "good");
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), "bad");
    }
    setBusy(false);
    onDone();
  };

  return (
    <div class="buttons">
      {VERBS.map((one) => {
        const fit = fitting(one).length;
        if (fit === 0) return null;
        return (
          <button key={one.verb} type="button" disabled={busy} onClick={() => (one.warns ? ask(one) : void run(one))}>
            {one.label}
            {jobs.length > 1 ? ` (${count(fit)})` : ""}
          </button>
        );
      })}
      {asked !== undefined && (
        <Confirm
          title={`${asked.label} ${jobs.length > 1 ? `${count(fitting(asked).length)} jobs` : "this job"}?`}
          yes={asked.label}
          danger
          onAnswer={(agreed) => (agreed ? void run(asked) : ask(undefined))}
        >
          <p>{asked.warns}</p>
        </Confirm>
      )}
    </div>
  );
}
