import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { JobRef } from "@longshore/core/adapter";
import type { Payload } from "../src/api.ts";
import { read } from "./call.ts";
import { Problem } from "./parts.tsx";
import { useShared } from "./session.ts";

/** Input and result, which are not even read before somebody asks. */
export function PayloadView({ id, partition }: JobRef): VNode {
  const { session } = useShared();
  const [shown, show] = useState<Payload>();
  const [error, fail] = useState<string>();
  const ask = async (): Promise<void> => {
    try {
      show(await read<Payload>("payload", { id, partition }));
      fail(undefined);
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return (
    <section>
      <h2>Input and result</h2>
      <Problem error={error} />
      {!session.payloads && <p class="quiet">They are not shown to you: your sign-in gives no `payloads`.</p>}
      {session.payloads && shown === undefined && (
        <button type="button" onClick={() => void ask()}>
          Show input and result
        </button>
      )}
      {shown !== undefined && (
        <>
          <h3>Input</h3>
          <pre tabIndex={0}>{shown.input ?? "not JSON"}</pre>
          <h3>Result</h3>
          <pre tabIndex={0}>{shown.result ?? "none"}</pre>
          <button type="button" onClick={() => show(undefined)}>
            Hide
          </button>
        </>
      )}
    </section>
  );
}
