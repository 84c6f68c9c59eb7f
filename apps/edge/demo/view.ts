import type { Metrics } from "@longshore/signals";

const ms = (value: number | undefined): string => (value === undefined ? "-" : `${Math.round(value)} ms`);
const spread = ({ p50, p95, p99 }: { p50?: number | undefined; p95?: number | undefined; p99?: number | undefined }) =>
  [p50, p95, p99].map(ms).join(" / ");

/** What an operator sees of the run: the store's own figures, as `GET /stats` answers them. */
export function operatorsView({ coversMs, queues, names }: Metrics): string {
  const seconds = Math.round(coversMs / 1_000);
  return [
    `what the store counted of the last ${seconds} s; a kill takes what came after the last claim:`,
    row("queue", "enqueued", "completed", "failed", "dead", "completed/s"),
    ...queues.map(({ queue, enqueued, completed, failed, dead, perSecond }) =>
      row(queue, enqueued, completed, failed, dead, perSecond.completed.toFixed(1)),
    ),
    "",
    row("job", "attempts", "waited p50 / p95 / p99", "ran p50 / p95 / p99"),
    ...names.map(({ name, ran, waited }) => row(name, ran.count, spread(waited), spread(ran))),
  ].join("\n");
}

function row(first: string, ...cells: readonly (string | number)[]): string {
  return `  ${first.padEnd(20)}${cells.map((cell) => String(cell).padStart(String(cell).includes("/ ") ? 30 : 12)).join("")}`;
}
