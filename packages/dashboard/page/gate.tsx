import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { QueueCounts } from "@longshore/core/adapter";
import { act } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { useShared } from "./session.ts";

/** The button that pauses a queue, or resumes it. */
export function Gate({ queue: { queue, paused }, onChange }: { readonly queue: QueueCounts; onChange(): void }): VNode {
  const { session, say } = useShared();
  const [asked, ask] = useState(false);
  const set = async (verb: "pause" | "resume"): Promise<void> => {
    ask(false);
    try {
      await act("gate", session.token, { verb, queue });
      say(
        verb === "pause" ? `${queue} is paused: what runs goes on, what waits stays.` : `${queue} is resumed.`,
        "good",
      );
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), "bad");
    }
    onChange();
  };
  return (
    <>
      <button
        type="button"
        aria-label={`${paused ? "Resume" : "Pause"} ${queue}`}
        onClick={() => (paused ? void set("resume") : ask(true))}
      >
        {paused ? "Resume" : "Pause"}
      </button>
      {asked && (
        <Confirm title={`Pause ${queue}?`} yes="Pause" onAnswer={(agreed) => (agreed ? void set("pause") : ask(false))}>
          <p>Workers take nothing from it until somebody resumes it. Jobs that run go on, and new ones wait.</p>
        </Confirm>
      )}
    </>
  );
}
