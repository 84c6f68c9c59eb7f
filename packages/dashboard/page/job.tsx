import type { VNode } from "preact";
import type { JobView } from "../src/api.ts";
import { read } from "./call.ts";
import { count, duration, local, utc } from "./format.ts";
import { lifeOf } from "./life.ts";
import { useReading } from "./live.ts";
import { limitsText } from "./limits.ts";
import { Facts, Loading, Problem, State, When } from "./parts.tsx";
import { PayloadView } from "./payload.tsx";
import { type Place, linkTo } from "./place.ts";
import { useShared } from "./session.ts";
import { Verbs } from "./verbs.tsx";

export function JobPage({ place: { of: id, asked } }: { readonly place: Place }): VNode {
  const { live } = useShared();
  const { partition } = asked;
  const key = `job ${id} ${partition ?? ""}`;
  const { value, error, refresh } = useReading(key, live, () => read<JobView>("job", { id, partition }));
  return (
    <>
      <Problem error={error} />
      {value === undefined ? error === undefined && <Loading /> : <Job job={value} onChange={refresh} />}
    </>
  );
}

function Job({ job, onChange }: { readonly job: JobView; onChange(): void }): VNode {
  const { id, partition, name, queue, state, priority, attempt, enqueuedAt, metadata, uniqueKey, after, at } = job;
  const facts: (readonly [string, VNode | string])[] = [
    ["Name", <a href={linkTo("jobs", "", { name })}>{name}</a>],
    ["Queue", <a href={linkTo("queue", queue)}>{queue}</a>],
    ["Attempts", `${attempt}`],
    ["Priority", `${priority}`],
    ["Age", duration(at - enqueuedAt)],
    ...(partition !== undefined && partition !== id ? ([["Partition", partition]] as const) : []),
    ...(uniqueKey !== undefined ? ([["Unique key", uniqueKey]] as const) : []),
    ...Object.entries(metadata).map(([key, text]) => [key, text] as const),
  ];
  return (
    <>
      <div class="headline">
        <State state={state} />
        <Verbs jobs={[job]} onDone={onChange} />
      </div>
      <Facts facts={facts} />
      {after !== undefined && after.length > 0 && (
        <p>
          It comes after{" "}
          {after.slice(0, 20).map((parent, i) => (
            <>
              {i > 0 && ", "}
              <a href={linkTo("job", parent, { partition })}>{parent}</a>
            </>
          ))}
          {after.length > 20 && ` and ${after.length - 20} more`}.
        </p>
      )}
      <Life job={job} />
      <PayloadView key={`${id} ${attempt} ${state}`} id={id} partition={partition} />
    </>
  );
}

function Life({ job }: { readonly job: JobView }): VNode {
  const { session } = useShared();
  return (
    <section>
      <h2>Life</h2>
      <ol class="life">
        {lifeOf(job).map(({ kind, title, at, failure, note }, i) => (
          <li key={i} class={`${kind} ${kind === "now" || kind === "ended" ? job.state : ""}`}>
            <div>
              <b>{title}</b> {at !== undefined && <When at={at} now={job.at} />}
            </div>
            {at !== undefined && (
              <div class="quiet small">
                {local(at)} · {utc(at)}
              </div>
            )}
            {note !== undefined && <div>{note}</div>}
            {kind === "now" && <Limited job={job} />}
            {failure !== undefined && <pre class="message">{failure.message}</pre>}
            {failure?.stack !== undefined && (
              <details>
                <summary>Stack</summary>
                <pre tabIndex={0}>{failure.stack}</pre>
              </details>
            )}
          </li>
        ))}
      </ol>
      {job.failures.length > 0 && !session.payloads && (
        <p class="quiet">Stacks may quote an input, so they are not shown to you.</p>
      )}
    </section>
  );
}

/** What may hold up a job that has not ended: its queue's limits and its own, and how full the queue is. */
function Limited({ job: { queue, queueLimits, ownLimits, pressure } }: { readonly job: JobView }): VNode {
  const limits = queueLimits && limitsText(queueLimits);
  const own = ownLimits && limitsText(ownLimits);
  const key = ownLimits?.key === undefined ? "its key" : `the key ${ownLimits.key}`;
  const told = [
    pressure &&
      `Jobs of ${queue} that have not ended: ${count(pressure.depth)}; the first that is due has waited ${duration(pressure.oldestMs)}.`,
    limits && `Of ${queue}, ${limits}.`,
    ownLimits && `Of the jobs with ${key}, ${own ?? "one is let through in turn with those of other keys"}.`,
  ].filter((line) => line !== undefined);
  return (
    <>
      {told.map((line) => (
        <div key={line} class="quiet small">
          {line}
        </div>
      ))}
    </>
  );
}
