/** What is counted, for all jobs of a scenario or for each. */
export type Bill = {
  readonly rowsWritten: number;
  readonly alarms: number;
  readonly rowsRead: number;
  readonly requests: number;
  readonly operations: number;
};

/** Of each job; and how many of them ran in a second, because one alarm serves many. */
export type Measured = Bill & { readonly perSecond: number };

/**
 * The leases of the objects here, in ms. A tenth of the default, because jobs come faster than they do to most: an
 * alarm is set once in a lease, so that 300 jobs a second set as many for each as thirty a second do with the default.
 */
export const LEASE_MS = 3_000;
export const DEFAULT_LEASE_MS = 30_000;

/** How often somebody looks, in ms. */
export const LOOK_EVERY_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;

/** Cloudflare's list prices of November 2026 beyond what a plan includes, in dollars for a million of each. */
const PRICES: Bill = {
  rowsWritten: 1,
  // Each `setAlarm` is billed as a row written.
  alarms: 1,
  rowsRead: 0.001,
  requests: 0.15,
  operations: 0.4,
};

export const QUEUE_OPERATIONS_PER_MESSAGE = 3;

/** Not measured: what the list makes of a Workflow of one step. */
export const WORKFLOWS_DOLLARS = 8.3;

/** What is billed besides, and depends on what the jobs do. */
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

/** Dollars for a million jobs that cost so much each. */
export function dollars(each: Bill): number {
  return Object.values(eachKind((kind) => each[kind] * PRICES[kind])).reduce((sum, part) => sum + part);
}

/** Dollars for a month of looks that cost so much each. */
export function dollarsAMonth(each: Bill): number {
  return (dollars(each) * MONTH_MS) / LOOK_EVERY_MS / 1e6;
}
