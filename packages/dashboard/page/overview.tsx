import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { JobState, StatsWindow } from "@longshore/core/adapter";
import type { Overview } from "../src/api.ts";
import { Alerts } from "./alerts.tsx";
import { read } from "./call.ts";
import { Charts } from "./charts.tsx";
import { count, duration } from "./format.ts";
import { useReading } from "./live.ts";
import { Loading, Problem } from "./parts.tsx";
import { linkTo } from "./place.ts";
import { Queues } from "./queues.tsx";
import { useShared } from "./session.ts";
import { Times, Windows } from "./times.tsx";
import { Workers } from "./workers.tsx";

const TILES: readonly { readonly label: string; readonly states: readonly JobState[]; readonly bad?: boolean }[] = [
  { label: "Waiting", states: ["enqueued"] },
  { label: "Running", states: ["active"] },
  { label: "Delayed", states: ["delayed"] },
  { label: "To be retried", states: ["failed"] },
  { label: "Blocked", states: ["blocked"] },
  { label: "Stalled", states: ["stalled"], bad: true },
  { label: "Dead", states: ["dead"], bad: true },
];

export function OverviewView(): VNode {
  const { session, live } = useShared();
  const [window, choose] = useState<StatsWindow>("hour");
  const { value, error, refresh } = useReading("overview", live, () => read<Overview>("overview"));
  if (!session.can.inspect) {
    return (
      <p class="notice">
        {session.adapter} keeps no state of its jobs, so there is nothing to look at. Pair it with a store to see them.
      </p>
    );
  }
  return (
    <>
      <Problem error={error} />
      {value === undefined ? (
        error === undefined && <Loading />
      ) : (
        <>
          {value.alerts && <Alerts alerts={value.alerts} now={value.at} />}
          <Figures overview={value} />
          {value.stats && <Windows window={window} onChoose={choose} />}
          <Queues overview={value} window={window} onChange={refresh} />
          {value.stats ? (
            <>
              <Charts stats={value.stats[window]} />
              <Times stats={value.stats[window]} />
            </>
          ) : (
            <p class="quiet">
              {session.adapter} counts no times and rates here: give the store statistics() to see them.
            </p>
          )}
          <Workers workers={value.workers} />
        </>
      )}
    </>
  );
}

function Figures({ overview }: { readonly overview: Overview }): VNode {
  const { queues, stats } = overview;
  const total = (states: readonly JobState[]): number =>
    queues.reduce((sum, { counts }) => sum + states.reduce((part, state) => part + (counts[state] ?? 0), 0), 0);
  const oldest = Math.max(-1, ...(stats?.minute.queues ?? []).map(({ oldestMs = -1 }) => oldestMs));
  return (
    <ul class="tiles" aria-label="Jobs by state">
      {TILES.map(({ label, states, bad }) => {
        const sum = total(states);
        return (
          <li key={label} class={bad && sum > 0 ? "bad" : ""}>
            <a href={linkTo("jobs", "", { state: states.join(",") })}>
              <b>{count(sum)}</b>
              <span>{label}</span>
            </a>
          </li>
        );
      })}
      {stats !== undefined && (
        <li>
          <div>
            <b>{oldest < 0 ? "–" : duration(oldest)}</b>
            <span>Oldest waits</span>
          </div>
        </li>
      )}
    </ul>
  );
}
