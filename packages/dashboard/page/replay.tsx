import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Replay } from "../src/api.ts";
import { count } from "./format.ts";
import { useShared } from "./session.ts";
import { type SoFar, inSlices } from "./slices.ts";

type Filter = Pick<Replay, "all" | "queue" | "name" | "error">;
type Step =
  | { readonly at: "counting" | "ready" | "replaying" | "over"; readonly soFar: SoFar }
  | { readonly at: "failed"; readonly soFar: SoFar; readonly why: string };

const NONE: SoFar = { matched: 0, done: 0, refused: 0 };

/** Replays dead letters: counts them first, then goes on at a pace, with its progress, until it is stopped or through. */
export function ReplayDialog({ filter, onClose }: { readonly filter: Filter; onClose(): void }): VNode {
  const { session, say } = useShared();
  const dialog = useRef<HTMLDialogElement>(null);
  const stopped = useRef(false);
  const [step, set] = useState<Step>({ at: "counting", soFar: NONE });
  const [perSecond, setPace] = useState("100");
  const [total, setTotal] = useState(0);

  const go = async (at: "counting" | "replaying", then: "ready" | "over", pace?: number): Promise<SoFar> => {
    let last = NONE;
    const onSlice = (soFar: SoFar): void => {
      last = soFar;
      if (!stopped.current || at === "replaying") set({ at, soFar });
    };
    try {
      const options = { dryRun: at === "counting", perSecond: pace };
      const soFar = await inSlices(session.token, filter, options, { stopped: () => stopped.current, onSlice });
      set({ at: then, soFar });
      return soFar;
    } catch (error) {
      set({ at: "failed", soFar: last, why: error instanceof Error ? error.message : String(error) });
      return last;
    }
  };

  useEffect(() => {
    dialog.current?.showModal();
    void go("counting", "ready").then(({ matched }) => setTotal(matched));
    return () => void (stopped.current = true);
  }, []);

  const run = async (): Promise<void> => {
    const pace = perSecond === "" ? undefined : Number(perSecond);
    const { done, refused } = await go("replaying", "over", pace);
    const rest = refused > 0 ? `; ${count(refused)} had changed meanwhile` : "";
    say(`${count(done)} of ${count(total)} replayed${rest}.`, refused > 0 ? "bad" : "good");
  };
  const { matched, done } = step.soFar;

  return (
    <dialog ref={dialog} aria-labelledby="replaying" onClose={onClose}>
      <h2 id="replaying">{filter.error === undefined ? "Replay all dead letters?" : "Replay these dead letters?"}</h2>
      {filter.error !== undefined && <pre class="message">{filter.error || "no message"}</pre>}
      <p role="status">
        {step.at === "counting" && `Counting: ${count(matched)} so far.`}
        {step.at === "ready" &&
          `${count(matched)} ${matched === 1 ? "job" : "jobs"} would be replayed. Nothing has changed yet.`}
        {step.at === "replaying" && `${count(done)} of ${count(total)} replayed. Keep this page open.`}
        {step.at === "over" && `${count(done)} of ${count(total)} replayed.`}
        {step.at === "failed" &&
          `${step.why} Replayed so far: ${count(done)}; those that are left can be replayed again.`}
      </p>
      {step.at === "ready" && (
        <label>
          At most per second{" "}
          <select value={perSecond} onChange={({ currentTarget }) => setPace(currentTarget.value)}>
            <option value="1">1</option>
            <option value="10">10</option>
            <option value="100">100</option>
            <option value="">no limit</option>
          </select>
        </label>
      )}
      {step.at === "replaying" && <progress max={Math.max(total, 1)} value={done} aria-label="Replayed" />}
      <div class="buttons">
        {step.at === "replaying" ? (
          <button type="button" onClick={() => void (stopped.current = true)}>
            Stop
          </button>
        ) : (
          <button type="button" onClick={onClose}>
            {step.at === "over" ? "Close" : "Keep as they are"}
          </button>
        )}
        {step.at === "ready" && (
          <button type="button" class="main" disabled={matched === 0} onClick={() => void run()}>
            Replay {count(matched)}
          </button>
        )}
      </div>
    </dialog>
  );
}
