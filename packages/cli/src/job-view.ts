import type { Job } from "@longshore/core";
import type { Column, Output } from "./output.ts";
import { safe, safeJson, safeLines } from "./text.ts";
import { instant, relative } from "./time.ts";

/**
 * A job without what may be private: its input and result, the unique key, which is made of the input, and stacks, which
 * may quote it. The same that a server redacts and the dashboard hides.
 */
export function withoutData({
  input: _input,
  result: _result,
  uniqueKey: _uniqueKey,
  failures,
  ...job
}: Job): Partial<Job> {
  return { ...job, failures: failures.map(({ stack: _stack, ...failure }) => failure) };
}

const ENDED: readonly string[] = ["completed", "dead", "cancelled"];

/** The rows of a list of jobs. */
export function jobTable(output: Output, jobs: readonly Job[], now: number): void {
  const columns: readonly Column[] = [
    { head: "ID" },
    { head: "STATE", paint: output.state },
    { head: "QUEUE", most: 40 },
    { head: "NAME", most: 60 },
    { head: "ATTEMPT" },
    { head: "ENQUEUED" },
    { head: "DUE, ENDED" },
    { head: "LAST ERROR", most: output.live ? 60 : 200 },
  ];
  const rows = jobs.map(({ id, state, queue, name, attempt, enqueuedAt, dueAt, failures }) => [
    id,
    state,
    queue,
    name,
    String(attempt),
    relative(enqueuedAt, now),
    relative(dueAt, now),
    failures.at(-1)?.message ?? "",
  ]);
  output.table(columns, rows);
}

/** Everything about one job, as its life went. Its numbers may be texts: another program wrote them, or answers them. */
export function jobPage(output: Output, job: Job, now: number, data: boolean): void {
  const field = (name: string, value: string): void => output.line(`${output.bold(name.padEnd(10))} ${value}`);
  field("id", safe(job.id));
  if (job.partition !== undefined && job.partition !== job.id) field("partition", safe(job.partition));
  field("state", output.state(safe(job.state)) + (job.waitsFor === undefined ? "" : ` (${safe(job.waitsFor)})`));
  field("name", safe(job.name));
  field("queue", `${safe(job.queue)}, priority ${safe(String(job.priority))}`);
  if (job.after !== undefined) field("after", job.after.map(safe).join(", "));
  for (const [key, value] of Object.entries(job.metadata)) field("metadata", `${safe(key)} = ${safe(String(value))}`);
  field("enqueued", moment(job.enqueuedAt, now));
  for (const { attempt, at, message, stack } of job.failures) {
    field("failed", `attempt ${safe(String(attempt))}, ${moment(at, now)}`);
    output.line(safeLines(message, "           "));
    if (data && stack !== undefined) output.line(output.dim(safeLines(stack, "           ")));
  }
  field(ENDED.includes(job.state) ? "ended" : "due", `${moment(job.dueAt, now)}, attempt ${safe(String(job.attempt))}`);
  if (!data) return field("input", output.dim("hidden; --data shows input, result, unique key and stacks"));
  field("input", safeJson(job.input));
  if (job.result !== undefined) field("result", safeJson(job.result));
  if (job.uniqueKey !== undefined) field("key", safe(job.uniqueKey));
}

function moment(at: number, now: number): string {
  return `${safe(instant(at))} (${relative(at, now)})`;
}
