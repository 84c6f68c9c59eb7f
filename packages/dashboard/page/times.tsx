import type { VNode } from "preact";
import type { StatsWindow } from "@longshore/core/adapter";
import type { Spread } from "@longshore/core/stats";
import type { WindowStats } from "../src/api.ts";
import { count, duration } from "./format.ts";
import { Table } from "./parts.tsx";
import { linkTo } from "./place.ts";

const WINDOWS: readonly StatsWindow[] = ["minute", "hour", "day"];

/** Which window the figures are of. */
export function Windows({
  window,
  onChoose,
}: {
  readonly window: StatsWindow;
  onChoose(one: StatsWindow): void;
}): VNode {
  return (
    <fieldset class="windows">
      <legend>Over the last</legend>
      {WINDOWS.map((one) => (
        <label key={one}>
          <input type="radio" name="window" checked={one === window} onChange={() => onChoose(one)} /> {one}
        </label>
      ))}
    </fieldset>
  );
}

/** How long the jobs of each name waited and ran: half of them, 95 and 99 of a hundred, on one scale for all. */
export function Times({ stats: { names, coversMs } }: { readonly stats: WindowStats }): VNode {
  const longest = Math.max(1_000, ...names.flatMap(({ waited, ran }) => [waited.p99 ?? 0, ran.p99 ?? 0]));
  return (
    <section>
      <h2>Waiting and running times</h2>
      {names.length === 0 ? (
        <p class="quiet">
          No attempt has ended in this time{coversMs === 0 ? "; the store has just begun to count" : ""}.
        </p>
      ) : (
        <Table
          label="Waiting and running times"
          head={
            <>
              <th scope="col">Job</th>
              <th scope="col" class="number">
                attempts
              </th>
              <th scope="col" title="From due to claim">
                waited: p50 · p95 · p99
              </th>
              <th scope="col" title="From claim to settlement">
                ran: p50 · p95 · p99
              </th>
            </>
          }
        >
          {names.map(({ name, waited, ran }) => (
            <tr key={name}>
              <th scope="row">
                <a href={linkTo("jobs", "", { name })}>{name}</a>
              </th>
              <td class="number">{count(ran.count)}</td>
              <td>
                <Range spread={waited} longest={longest} kind="waited" />
              </td>
              <td>
                <Range spread={ran} longest={longest} kind="ran" />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

const WIDTH = 200;

/** A line from p50 to p99 with a mark at p95, on a scale whose steps are tenfold; the figures stand below it. */
function Range({
  spread,
  longest,
  kind,
}: {
  readonly spread: Spread;
  readonly longest: number;
  readonly kind: string;
}): VNode {
  const { p50, p95, p99 } = spread;
  if (p50 === undefined || p95 === undefined || p99 === undefined) return <span class="none">–</span>;
  const x = (ms: number): number => 4 + (Math.log10(1 + ms) / Math.log10(1 + longest)) * (WIDTH - 8);
  return (
    <>
      <svg class={`range ${kind}`} viewBox={`0 0 ${WIDTH} 12`} preserveAspectRatio="none" aria-hidden="true">
        <line class="scale" x1="0" x2={WIDTH} y1="6" y2="6" />
        <line class="spread" x1={x(p50)} x2={x(p99)} y1="6" y2="6" />
        {[p50, p95, p99].map((ms, i) => (
          <line key={i} class="mark" x1={x(ms)} x2={x(ms)} y1="2" y2="10" />
        ))}
      </svg>
      <div class="small nowrap">
        {duration(p50)} · {duration(p95)} · {duration(p99)}
      </div>
    </>
  );
}
