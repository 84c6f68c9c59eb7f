import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { JobLine, JobsPage } from "../src/api.ts";
import { read } from "./call.ts";
import { Filters } from "./filters.tsx";
import { count } from "./format.ts";
import { useReading } from "./live.ts";
import { Loading, Problem, State, Table, When } from "./parts.tsx";
import { type Place, linkTo } from "./place.ts";
import { useShared } from "./session.ts";
import { Verbs } from "./verbs.tsx";

export function JobsView({ place: { asked } }: { readonly place: Place }): VNode {
  const { live } = useShared();
  const key = `jobs ${JSON.stringify(asked)}`;
  const { value, error, refresh } = useReading(key, live, () => read<JobsPage>("jobs", asked));
  return (
    <>
      <Filters asked={asked} />
      <Problem error={error} />
      {value === undefined ? (
        error === undefined && <Loading />
      ) : (
        <List key={key} page={value} asked={asked} onChange={refresh} />
      )}
    </>
  );
}

type ListProps = { readonly page: JobsPage; readonly asked: Place["asked"]; onChange(): void };

function List({ page: { jobs, at, cursor, read: seen }, asked, onChange }: ListProps): VNode {
  const { session } = useShared();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const acts = session.actions && session.can.control;
  const picked = jobs.filter(({ id }) => chosen.has(id));
  const toggle = (ids: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    choose(next);
  };
  const all = jobs.length > 0 && picked.length === jobs.length;
  return (
    <section>
      {acts && (
        <div class="chosen">
          <span>{picked.length === 0 ? "Choose jobs to act on them." : `${count(picked.length)} chosen`}</span>
          <Verbs
            jobs={picked}
            onDone={() => {
              choose(new Set());
              onChange();
            }}
          />
        </div>
      )}
      {jobs.length === 0 ? (
        <p class="quiet">
          {cursor === undefined
            ? "No job fits."
            : `None of the ${count(seen ?? 0)} jobs that were read fits; there are more.`}
        </p>
      ) : (
        <Table
          label="Jobs"
          head={
            <>
              {acts && (
                <th scope="col" class="choice">
                  <input
                    type="checkbox"
                    aria-label="Choose all of this page"
                    checked={all}
                    onChange={() =>
                      toggle(
                        jobs.map(({ id }) => id),
                        !all,
                      )
                    }
                  />
                </th>
              )}
              <th scope="col">State</th>
              <th scope="col">Job</th>
              <th scope="col" class="wide">
                Queue
              </th>
              <th scope="col" class="number wide">
                Attempt
              </th>
              <th scope="col" class="wide">
                Enqueued
              </th>
              <th scope="col" class="wide">
                Due or ended
              </th>
            </>
          }
        >
          {jobs.map((job) => (
            <Line
              key={job.id}
              job={job}
              now={at}
              chosen={acts ? chosen.has(job.id) : undefined}
              onChoose={(on) => toggle([job.id], on)}
            />
          ))}
        </Table>
      )}
      <nav class="buttons" aria-label="Pages">
        {asked["cursor"] !== undefined && <a href={linkTo("jobs", "", { ...asked, cursor: undefined })}>First page</a>}
        {cursor !== undefined && <a href={linkTo("jobs", "", { ...asked, cursor })}>Next page</a>}
      </nav>
    </section>
  );
}

type LineProps = {
  readonly job: JobLine;
  readonly now: number;
  readonly chosen: boolean | undefined;
  onChoose(on: boolean): void;
};

function Line({ job, now, chosen, onChoose }: LineProps): VNode {
  const { id, partition, name, queue, state, attempt, enqueuedAt, dueAt, waitsFor, error } = job;
  return (
    <tr>
      {chosen !== undefined && (
        <td class="choice">
          <input
            type="checkbox"
            aria-label={`Choose ${id}`}
            checked={chosen}
            onChange={({ currentTarget }) => onChoose(currentTarget.checked)}
          />
        </td>
      )}
      <td>
        <State state={state} />
      </td>
      <td class="job">
        <a href={linkTo("job", id, { partition: partition === id ? undefined : partition })}>{id}</a>
        <div class="quiet">
          {name}
          <span class="on-narrow">
            , <When at={enqueuedAt} now={now} />
          </span>
        </div>
        {waitsFor !== undefined && <div class="note">waits for: {waitsFor}</div>}
        {error !== undefined && state !== "completed" && <div class="note bad">{error}</div>}
      </td>
      <td class="wide">
        <a href={linkTo("jobs", "", { queue })}>{queue}</a>
      </td>
      <td class="number wide">{attempt}</td>
      <td class="wide">
        <When at={enqueuedAt} now={now} />
      </td>
      <td class="wide">
        <When at={dueAt} now={now} />
      </td>
    </tr>
  );
}
