/** What is counted, for all jobs of a scenario or for each. */
export type Bill = {
  readonly rowsWritten: number;
  readonly alarms: number;
  readonly rowsRead: number;
  readonly requests: number;
  readonly operations: number;
};

/** For each job; and how many jobs ran per second, because one alarm serves many. */
export type Measured = Bill & { readonly perSecond: number };

/**
 * The objects' lease, in ms: a tenth of the default, because jobs come faster here than usual. An alarm is set once per
 * lease, so 300 jobs a second set as many per job as 30 a second do with the default.
 */
export const LEASE_MS = 3_000;
export const DEFAULT_LEASE_MS = 30_000;

/** How often rules are evaluated, in ms. */
export const LOOK_EVERY_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;

/** Cloudflare's list prices of November 2026 beyond a plan's included usage, in dollars per million. */
const PRICES: Bill = {
  rowsWritten: 1,
  // Each `setAlarm` is billed as a row written.
  alarms: 1,
  rowsRead: 0.001,
  requests: 0.15,
  operations: 0.4,
};

export const QUEUE_OPERATIONS_PER_MESSAGE = 3;

/** Not measured: a Workflow of one step, by the price list. */
export const WORKFLOWS_DOLLARS = 8.3;

/** What else is billed, depending on the jobs' work. */
export const NOT_IN_THE_SUM =
  "active seconds of the object ($1.60 per million), requests and CPU time of the Worker, stored bytes";

export function eachKind(value: (kind: keyof Bill) => number): Bill {
  return {
    rowsWritten: value("rowsWritten"),
    alarms: value("alarms"),
    rowsRead: value("rowsRead"),
    requests: value("requests"),
    operations: value("operations"),
  };
}

/** Dollars per million jobs, for a job's cost. */
export function dollars(each: Bill): number {
  return Object.values(eachKind((kind) => each[kind] * PRICES[kind])).reduce((sum, part) => sum + part);
}

/** Dollars per month, for the cost of one evaluation. */
export function dollarsAMonth(each: Bill): number {
  return (dollars(each) * MONTH_MS) / LOOK_EVERY_MS / 1e6;
}
