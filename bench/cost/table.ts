import {
  DEFAULT_LEASE_MS,
  LEASE_MS,
  type Measured,
  NOT_IN_THE_SUM,
  QUEUE_OPERATIONS_PER_MESSAGE,
  WORKFLOWS_DOLLARS,
  dollars,
  dollarsAMonth,
  eachKind,
} from "./prices.ts";

/** From scenarios.ts, d1.ts and signals.ts, in the order of the tables. */
const JOBS = {
  idle: "comes alone to an idle object",
  alone: "one at a time, starts at once",
  counted: "the same, with statistics",
  batch10: "in tens, starts at once",
  counted10: "the same, with statistics",
  batch100: "in hundreds, starts at once",
  unique10: "in tens, each with a unique key",
  crowd: "one at a time, from 20 callers",
  failing10: "in tens, fails once and is retried",
  waiting: "waits behind 100 000 others",
  kept: "one at a time, kept for a day",
  kept10: "in tens, kept for a day",
  kept100: "in hundreds, kept for a day",
  paired: "pair: one at a time",
  paired10: "pair: in tens",
  d1: "D1: in tens",
  d1Alone: "D1: one at a time",
  d1Kept: "D1: in tens, kept for a day",
};
const LOOKS = {
  look: "nothing to tell, 1 000 jobs wait",
  lookKept: "the same, and 10 000 are kept",
  lookDeep: "nothing to tell, 100 000 wait",
  telling: "a rule tells, and it is delivered",
  scrape: "a scrape, 1 000 jobs wait",
  scrapeDeep: "a scrape, 100 000 wait",
};
export type Scenario = keyof typeof JOBS | keyof typeof LOOKS;
const JOB_NAMES = Object.keys(JOBS) as (keyof typeof JOBS)[]; // it has no other keys
const LOOK_NAMES = Object.keys(LOOKS) as (keyof typeof LOOKS)[]; // nor has this
export const SCENARIOS: readonly Scenario[] = [...JOB_NAMES, ...LOOK_NAMES];

/** What one job, or one evaluation, cost in each scenario. */
export type Bills = Record<Scenario, Measured>;

const KINDS = ["rowsWritten", "alarms", "rowsRead", "requests"] as const;
const COLUMNS = ["rows written", "alarms", "rows read", "requests"];
const NAME_WIDTH = 36;
const WIDTH = 14;

export function priced(bills: Bills): unknown {
  const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
  const looks: readonly Scenario[] = LOOK_NAMES;
  return Object.fromEntries(
    SCENARIOS.map((name) => {
      const each = bills[name];
      return [
        name,
        {
          ...eachKind((kind) => rounded(each[kind])),
          dollarsPerMillion: rounded(dollars(each)),
          ...(looks.includes(name) && { dollarsAMonth: rounded(dollarsAMonth(each)) }),
        },
      ];
    }),
  );
}

export function table(bills: Bills): string {
  return [...jobs(bills), "", ...signals(bills)].join("\n");
}

function jobs(bills: Bills): string[] {
  const listed = (name: string, operations: string, price: number): string =>
    line(name, ["", "", "", "", operations, price.toFixed(2)]);
  const message = { ...eachKind(() => 0), operations: QUEUE_OPERATIONS_PER_MESSAGE };
  const { perSecond } = bills.alone;
  return [
    line("a plain job, over its whole life", [...COLUMNS, "queue ops", "$ per million"]),
    ...JOB_NAMES.map((name) =>
      line(JOBS[name], [...counts(bills[name]), bills[name].operations.toFixed(3), dollars(bills[name]).toFixed(2)]),
    ),
    listed("Cloudflare Queues, one message *", message.operations.toFixed(3), dollars(message)),
    listed("Cloudflare Workflows, one step *", "", WORKFLOWS_DOLLARS),
    "",
    "* by its price list; not measured.",
    `Not in the sums: ${NOT_IN_THE_SUM}.`,
    "What a run settles in the call that its object began is no request to that object, by the price list.",
    `An alarm is set about once in a lease. Leases are ${LEASE_MS / 1_000} s here, and one at a time there were ${perSecond.toFixed(0)} jobs`,
    `a second: with the default of ${DEFAULT_LEASE_MS / 1_000} s that is what ${((perSecond * LEASE_MS) / DEFAULT_LEASE_MS).toFixed(0)} a second set. The first line is the other extreme.`,
  ];
}

function signals(bills: Bills): string[] {
  const more = bills.counted.rowsWritten - bills.alone.rowsWritten;
  const more10 = bills.counted10.rowsWritten - bills.batch10.rowsWritten;
  return [
    line("one look at the default rules", [...COLUMNS, "$ per million", "$ a month **"]),
    ...LOOK_NAMES.map((name) =>
      line(LOOKS[name], [
        ...counts(bills[name]),
        dollars(bills[name]).toFixed(2),
        name === "telling" ? "" : dollarsAMonth(bills[name]).toFixed(2),
      ]),
    ),
    "",
    "** each minute of 30 days, of one object; each shard is asked as often. A look reads what waits, and a scrape all that",
    "stands, twice. Where nothing is to be told, the row written is when a rule that takes its time was last seen not to hold.",
    `Statistics write ${more.toFixed(3)} rows more a job one at a time, and ${more10.toFixed(3)} in tens.`,
  ];
}

function counts(each: Measured): string[] {
  return KINDS.map((kind) => each[kind].toFixed(3));
}

function line(name: string, cells: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join("");
}
