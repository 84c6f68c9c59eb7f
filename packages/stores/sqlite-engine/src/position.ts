import type { Row } from "./row.ts";

/** When a job may be claimed, and its order among jobs with the same due time. */
export type DueOrder = Pick<Row, "due" | "seq">;
/** A job's position among those of its queue and priority. */
export type Position = DueOrder & Pick<Row, "queue" | "priority">;

/** The order of jobs within a queue. */
export function byPriority(a: DueOrder & Pick<Row, "priority">, b: DueOrder & Pick<Row, "priority">): number {
  return a.priority - b.priority || a.due - b.due || a.seq - b.seq;
}
