import type { VNode } from "preact";
import type { QueueCounts, StatsWindow } from "@longshore/core/adapter";
import type { Overview, WindowStats } from "../src/api.ts";
import { count, duration, perSecond } from "./format.ts";
import { Gate } from "./gate.tsx";
import { STATES, Table } from "./parts.tsx";
import { linkTo } from "./place.ts";
import { Pressure } from "./queue.tsx";
import { useShared } from "./session.ts";

/** Every queue with its jobs by state, its rate, its limits and its gate. */
export function Queues({
  overview,
  window,
  onChange,
}: {
  readonly overview: Overview;
  readonly window: StatsWindow;
  onChange(): void;
}): VNode {
  const { session } = useShared();
  const { queues, more, stats } = overview;
  const gates = session.actions && session.can.control;
  // A state that no job is in needs no column, but for those that everybody expects.
  const states = STATES.filter(
    (state) => ["enqueued", "active", "dead"].includes(state) || queues.some(({ counts }) => (counts[state] ?? 0) > 0),
  );
  return (
    <section>
      <h2>Queues</h2>
      {queues.length === 0 ? (
        <p class="quiet">No jobs yet. The first one that is enqueued appears here.</p>
      ) : (
        <Table
          label="Queues"
          head={
            <>
              <th scope="col">Queue</th>
              {states.map((state) => (
                <th key={state} scope="col" class="number">
                  {state}
                </th>
              ))}
              {stats && (
                <>
                  <th scope="col" class="number">
                    oldest waits
                  </th>
                  <th scope="col" class="number" title="Attempts that succeeded, in the chosen time">
                    rate
                  </th>
                </>
              )}
              {gates && <th scope="col">Claims</th>}
            </>
          }
        >
          {queues.map((queue) => (
            <tr key={queue.queue}>
              <th scope="row">
                <a href={linkTo("queue", queue.queue)}>{queue.queue}</a>
                {queue.paused && <span class="tag">paused</span>}
                <Pressure queue={queue} />
              </th>
              {states.map((state) => (
                <td key={state} class="number">
                  <Cell queue={queue} state={state} />
                </td>
              ))}
              {stats && <Rates queue={queue.queue} stats={stats[window]} />}
              {gates && (
                <td>
                  <Gate queue={queue} onChange={onChange} />
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {more > 0 && <p class="quiet">Queues with fewer jobs that are not shown: {count(more)}.</p>}
    </section>
  );
}

function Cell({ queue, state }: { readonly queue: QueueCounts; readonly state: (typeof STATES)[number] }): VNode {
  const jobs = queue.counts[state] ?? 0;
  if (jobs === 0) return <span class="none">0</span>;
  const bad = state === "dead" || state === "stalled";
  return (
    <a
      class={bad ? "bad" : ""}
      href={linkTo("jobs", "", { queue: queue.queue, state })}
      aria-label={`${count(jobs)} ${state} in ${queue.queue}`}
    >
      {count(jobs)}
    </a>
  );
}

function Rates({ queue, stats: { queues, coversMs } }: { readonly queue: string; readonly stats: WindowStats }): VNode {
  const found = queues.find((one) => one.queue === queue);
  const seconds = Math.max(coversMs / 1_000, 1);
  return (
    <>
      <td class="number">{found?.oldestMs === undefined ? <span class="none">–</span> : duration(found.oldestMs)}</td>
      <td class="number">{perSecond((found?.completed ?? 0) / seconds)}</td>
    </>
  );
}
