import type { DeadError } from "./dead-letters.ts";

/** What the demo measured. Times are ms, but for `seconds`. */
export type Score = {
  /** Deliveries that the app acknowledged. */
  readonly accepted: number;
  /** Acknowledgements that named a job which stood already. */
  readonly duplicates: number;
  /** Jobs that ended well: one per delivery, one per relay. */
  readonly completed: number;
  /** Attempts that failed and were followed by another. */
  readonly retried: number;
  /** Jobs that died before the subscriber recovered. */
  readonly dead: number;
  /** What they died of, as the app tells its operators. */
  readonly errors: readonly DeadError[];
  /** Of those, how many the operator replayed. */
  readonly replayed: number;
  /** Events that the subscriber took more than once. */
  readonly repeated: number;
  /** The most events that the subscriber had in hand at once, and pairs of one repository that came in order. */
  readonly atOnce: number;
  readonly ordered: number;
  /** Acknowledged to the sender, and neither in the subscriber's ledger nor dead nor, where time was over, waiting. */
  readonly lost: number;
  /** Acknowledged and not in the ledger, and the app did not say in the end how it stands with them. */
  readonly unknown: number;
  /** Alerts that the receiver of the alert webhook took: of rules that fired, and that resolved. */
  readonly fired: number;
  readonly resolved: number;
  readonly kills: number;
  /** From enqueue to the first start. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly seconds: number;
};

const ROWS: readonly (readonly [keyof Score, string])[] = [
  ["accepted", "webhooks that the app acknowledged"],
  ["duplicates", "acknowledged again, under the id of a job that stood"],
  ["completed", "jobs that ended well (one per webhook, one per relay)"],
  ["retried", "attempts that failed and were followed by another"],
  ["dead", "jobs that died: the subscriber wanted none, or failed to the end"],
  ["replayed", "of those, brought back after the subscriber recovered"],
  ["repeated", "events that the subscriber got more than once"],
  ["atOnce", "the most events that the subscriber had in hand at once"],
  ["ordered", "pairs of events of one repository whose order was looked at"],
  ["lost", "acknowledged, but neither in the subscriber's ledger nor dead"],
  ["unknown", "acknowledged, and nobody answered what became of them"],
  ["fired", "alerts that came, signed, to the alert webhook"],
  ["resolved", "all-clears that came after them"],
  ["kills", "times the process that holds the storage was killed (SIGKILL)"],
];

export function table(score: Score): string {
  const rows = ROWS.map(([key, meaning]) => `  ${key.padEnd(12)}${String(score[key]).padStart(6)}  ${meaning}`);
  const waited = `p50 ${score.p50} ms, p95 ${score.p95} ms, p99 ${score.p99} ms`;
  return [...rows, `  ${"waited".padEnd(12)}${"".padStart(6)}  from enqueue to start: ${waited}`].join("\n");
}
