import type { VNode } from "preact";
import type { SeriesReport } from "@longshore/core/stats";
import type { WindowStats } from "../src/api.ts";
import { count, duration } from "./format.ts";
import { useShared } from "./session.ts";

/** A line of a chart: its name, which is also its class, and its value in each part; undefined where there is none. */
type Line = { readonly name: string; readonly of: (part: SeriesReport) => number | undefined };

const RATES: readonly Line[] = [
  { name: "enqueued", of: ({ enqueued }) => enqueued },
  { name: "completed", of: ({ completed }) => completed },
  { name: "failed", of: ({ failed }) => failed },
  { name: "dead", of: ({ dead }) => dead },
];
const TIMES: readonly Line[] = [
  { name: "waited", of: ({ waited }) => waited.p95 },
  { name: "ran", of: ({ ran }) => ran.p95 },
];

/** What happened in each part of the window, and how long it took. */
export function Charts({ stats: { series } }: { readonly stats: WindowStats }): VNode {
  const { session } = useShared();
  const [first, second] = series;
  if (first === undefined || second === undefined) {
    return (
      <p class="quiet">
        {session.adapter} does not tell what happened when, so there are no charts. Over HTTP they need a grant of stats
        for all queues and names, and a server of this version.
      </p>
    );
  }
  const each = duration(second.from - first.from);
  return (
    <section class="charts">
      <Chart title={`Jobs and attempts in each ${each}`} series={series} lines={RATES} told={count} />
      <Chart title={`Waiting and running times in each ${each}, p95`} series={series} lines={TIMES} told={duration} />
    </section>
  );
}

const [WIDTH, HEIGHT] = [300, 80];

function Chart({
  title,
  series,
  lines,
  told,
}: {
  readonly title: string;
  readonly series: readonly SeriesReport[];
  readonly lines: readonly Line[];
  told(value: number): string;
}): VNode {
  const highest = (line: Line): number => Math.max(0, ...series.map((part) => line.of(part) ?? 0));
  const top = Math.max(1, ...lines.map(highest));
  const x = (i: number): number => Math.round((i / (series.length - 1)) * WIDTH);
  const path = ({ of }: Line): string => {
    let text = "";
    let isOn = false;
    series.forEach((part, i) => {
      const value = of(part);
      // A gap where nothing was measured. A value alone is a short line.
      if (value !== undefined) text += `${isOn ? "L" : "M"}${x(i)} ${Math.round(HEIGHT - (value / top) * HEIGHT)}h.1`;
      isOn = value !== undefined;
    });
    return text;
  };
  const legend = lines.map((line) => `${line.name} up to ${told(highest(line))}`);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${legend.join(", ")}`}
      >
        {lines.map((line) => (
          <path key={line.name} class={line.name} d={path(line)} />
        ))}
      </svg>
      <ul class="small">
        {lines.map(({ name }, i) => (
          <li key={name} class={name}>
            {legend[i]}
          </li>
        ))}
      </ul>
    </figure>
  );
}
