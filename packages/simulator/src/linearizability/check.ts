import { type JobInput, jobSpecification } from "./job-specification.ts";
import { linearize } from "./linearize.ts";
import type { RecordedCall } from "./recorder.ts";
import { type JobCall, callsByJob } from "./calls-by-job.ts";

export type HistoryOptions = {
  /**
   * How much time passed by the store's clock in the whole history, in ms: longer delays, leases and retentions cannot
   * have ended. Default: unlimited.
   */
  readonly withinMs?: number;
};

/** A job whose calls fit no sequence of single calls. */
export type Contradiction = {
  readonly id: string;
  /** The calls on the job, by their beginnings. */
  readonly calls: readonly JobCall[];
  /** The longest valid order of some of these calls. */
  readonly longest: readonly JobCall[];
  /** The whole explanation, for people. */
  readonly message: string;
};

/**
 * Checks that every job of a concurrent history could have had its calls one after the other, each at an instant
 * between its beginning and its end. Returns the first job that could not, or undefined.
 */
export function checkHistory(
  history: readonly RecordedCall[],
  { withinMs }: HistoryOptions = {},
): Contradiction | undefined {
  const specification = jobSpecification(withinMs);
  for (const [id, calls] of callsByJob(history)) {
    const { linearizable, order } = linearize(specification, calls);
    if (!linearizable) return { id, calls, longest: order, message: explain(id, calls, order) };
  }
  return undefined;
}

function explain(id: string, calls: readonly JobCall[], longest: readonly JobCall[]): string {
  const rows = [...calls]
    .sort((a, b) => a.calledAt - b.calledAt)
    .map((call) => {
      const place = longest.indexOf(call);
      const end = call.returnedAt === Infinity ? "" : `${call.returnedAt}`;
      const order = place === -1 ? "" : `${place + 1}`;
      return [`${call.calledAt}`, end, call.by, describe(call.input), call.answer ?? "?", order];
    });
  return [
    `no order of the calls on the job ${id} explains their answers; the longest that does has ${longest.length}:`,
    ...table([["from", "to", "by", "call", "answer", "order"], ...rows]),
  ].join("\n");
}

function describe({ verb, ...about }: JobInput): string {
  const parts = Object.entries(about).map(([name, value]) => `${name} ${plain(value)}`);
  return [verb, ...parts].join(" ");
}

function plain(value: unknown): string {
  if (value === undefined) return "?";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
