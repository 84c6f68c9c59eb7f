import type { Row } from "./row.ts";

/** When a job may be claimed, and its order among jobs with the same due time. */
export type DueOrder = Pick<Row, "due" | "seq">;
/** A job's position among those of its queue and priority. */
export type Position = DueOrder & Pick<Row, "queue" | "priority">;

/** The order of jobs within a queue. */
export function byPriority(a: DueOrder & Pick<Row, "priority">, b: DueOrder & Pick<Row, "priority">): number {
  return a.priority - b.priority || a.due - b.due || a.seq - b.seq;
}

/** The same for a claim: each `ageMs` for which a job has been due count as a level of priority. */
export function byTurn(ageMs: number | undefined): typeof byPriority {
  if (ageMs === undefined) return byPriority;
  return (a, b) => a.due + a.priority * ageMs - (b.due + b.priority * ageMs) || byPriority(a, b);
}
