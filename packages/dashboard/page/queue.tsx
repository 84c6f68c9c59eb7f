import type { VNode } from "preact";
import type { Held, QueueLine, QueueView } from "../src/api.ts";
import { read } from "./call.ts";
import { count, duration } from "./format.ts";
import { Gate } from "./gate.tsx";
import { useReading } from "./live.ts";
import { Facts, Loading, Problem, STATES, Table } from "./parts.tsx";
import { type Place, linkTo } from "./place.ts";
import { useShared } from "./session.ts";

export function QueuePage({ place: { of: queue } }: { readonly place: Place }): VNode {
  const { live } = useShared();
  const { value, error, refresh } = useReading(`queue ${queue}`, live, () => read<QueueView>("queue", { queue }));
  return (
    <>
      <Problem error={error} />
      {value === undefined ? error === undefined && <Loading /> : <Queue queue={value} onChange={refresh} />}
    </>
  );
}

function Queue({ queue, onChange }: { readonly queue: QueueView; onChange(): void }): VNode {
  const { session } = useShared();
  const { counts, oldestMs, paused, held, read: seen, more } = queue;
  const states = STATES.filter((state) => (counts[state] ?? 0) > 0);
  const facts: (readonly [string, VNode | string])[] = [
    ["Jobs", <a href={linkTo("jobs", "", { queue: queue.queue })}>all of the queue</a>],
    ...states.map(
      (state) =>
        [state, <a href={linkTo("jobs", "", { queue: queue.queue, state })}>{count(counts[state] ?? 0)}</a>] as const,
    ),
    ...(queue.limits ? ([["Limits", <Pressure queue={queue} />]] as const) : []),
    ...(oldestMs === undefined ? [] : ([["Oldest waits", duration(oldestMs)]] as const)),
  ];
  return (
    <>
      <div class="headline">
        {paused && <span class="tag">paused</span>}
        {session.actions && session.can.control && <Gate queue={queue} onChange={onChange} />}
      </div>
      <Facts facts={facts} />
      <section>
        <h2>What its jobs wait for</h2>
        <HeldUp held={held} />
        {more && (
          <p class="quiet">These are of the first {count(seen)} jobs that wait, by their ids; there are more.</p>
        )}
      </section>
    </>
  );
}

function HeldUp({ held }: { readonly held: readonly Held[] }): VNode {
  const { session } = useShared();
  if (held.length === 0)
    return <p class="quiet">Nothing holds its jobs up: what is due waits for a free worker alone.</p>;
  const keys = held.some(({ key }) => key !== undefined);
  return (
    <>
      <Table
        label="What its jobs wait for"
        head={
          <>
            <th scope="col">They wait for</th>
            {keys && <th scope="col">Key</th>}
            <th scope="col" class="number">
              Jobs
            </th>
            <th scope="col">One of them</th>
          </>
        }
      >
        {held.map(({ waitsFor, key, jobs, first: { id, partition } }) => (
          <tr key={`${waitsFor} ${key}`}>
            <th scope="row" class="job">
              {waitsFor}
            </th>
            {keys && <td>{key}</td>}
            <td class="number">{count(jobs)}</td>
            <td>
              <a href={linkTo("job", id, { partition: partition === id ? undefined : partition })}>{id}</a>
            </td>
          </tr>
        ))}
      </Table>
      {!session.payloads && <p class="quiet">Keys may quote an input, so they are not shown to you.</p>}
    </>
  );
}

/** How full a queue is, beside what it allows. */
export function Pressure({ queue: { queue, counts, limits } }: { readonly queue: QueueLine }): VNode | null {
  if (limits === undefined) return null;
  const { running, starts, maxDepth } = limits;
  const { completed: _1, dead: _2, cancelled: _3, ...open } = counts;
  const depth = Object.values(open).reduce((sum, jobs) => sum + jobs, 0);
  return (
    <ul class="limits small nowrap">
      {maxDepth !== undefined && (
        <li>
          <meter min={0} max={maxDepth} high={maxDepth * 0.9} value={depth} aria-label={`Places taken in ${queue}`} />{" "}
          {count(depth)} of {count(maxDepth)} places{depth >= maxDepth && <b class="bad"> full</b>}
        </li>
      )}
      {running !== undefined && (
        <li>
          {count(counts.active ?? 0)} of {count(running)} running
        </li>
      )}
      {starts !== undefined && (
        <li>
          at most {count(starts.most)} started in {duration(starts.inMs)}
        </li>
      )}
    </ul>
  );
}
