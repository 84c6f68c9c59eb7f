import type { VNode } from "preact";
import type { KnownWorker } from "@longshore/core/adapter";
import { count, duration } from "./format.ts";
import { Table } from "./parts.tsx";
import { useShared } from "./session.ts";

export function Workers({ workers }: { readonly workers: readonly KnownWorker[] | undefined }): VNode {
  const { session } = useShared();
  if (workers === undefined || workers.length === 0) {
    return (
      <section>
        <h2>Workers</h2>
        <p class="quiet">
          {session.can.workers
            ? "No worker has given a sign of life within a day: wrap its adapter in withHeartbeat to see it here."
            : `${session.adapter} keeps no list of workers.`}
        </p>
      </section>
    );
  }
  const living = workers.filter(({ alive }) => alive);
  const sum = (key: "busy" | "slots"): number => living.reduce((total, worker) => total + worker[key], 0);
  return (
    <section>
      <h2>Workers</h2>
      <p class="quiet">
        Alive: {count(living.length)}. Busy slots: {count(sum("busy"))} of {count(sum("slots"))}.
      </p>
      <Table
        label="Workers"
        head={
          <>
            <th scope="col">Worker</th>
            <th scope="col">Busy</th>
            <th scope="col">Last sign of life</th>
          </>
        }
      >
        {workers.map(({ id, alive, busy, slots, agoMs }) => (
          <tr key={id}>
            <th scope="row">
              {id}
              {!alive && <span class="tag">gone</span>}
            </th>
            <td class="nowrap">
              <meter min={0} max={Math.max(slots, 1)} value={busy} aria-label={`Busy slots of ${id}`} /> {count(busy)}{" "}
              of {count(slots)}
            </td>
            <td>{duration(agoMs)} ago</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
