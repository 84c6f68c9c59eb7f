import type { Metrics } from "@longshore/signals";
import type { Told } from "./alerts.ts";
import type { DeadError } from "./dead-letters.ts";

const ms = (value: number | undefined): string => (value === undefined ? "-" : `${Math.round(value)} ms`);
const spread = ({ p50, p95, p99 }: { p50?: number | undefined; p95?: number | undefined; p99?: number | undefined }) =>
  [p50, p95, p99].map(ms).join(" / ");

export type Seen = { readonly errors: readonly DeadError[]; readonly alerts: readonly Told[] };

/** What an operator sees of the run: as `GET /stats` and `GET /dead/errors` answer it, and as the alerts came. */
export function operatorsView({ coversMs, queues, names }: Metrics, { errors, alerts }: Seen): string {
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
    "",
    "  dead letters by error, before they were replayed",
    ...errors.map(({ message, count }) => `${String(count).padStart(8)}  ${message}`),
    "",
    "  alerts, as the webhook's receiver took them",
    ...alerts.map((alert) => `${(alert.afterMs / 1_000).toFixed(1).padStart(8)} s  ${said(alert)}`),
  ].join("\n");
}

function said({ rule, state, value, threshold, queue, name, severity }: Told): string {
  if (state === "resolved") return `${rule} resolved`;
  return `${rule} firing ${value} > ${threshold} in ${queue ?? name} (${severity})`;
}

function row(first: string, ...cells: readonly (string | number)[]): string {
  return `  ${first.padEnd(20)}${cells.map((cell) => String(cell).padStart(String(cell).includes("/ ") ? 36 : 12)).join("")}`;
}
