import {
  type Advance,
  type AdvanceAnswer,
  type ScheduleListRequest,
  type SchedulePage,
  type ScheduleRef,
  type ScheduleRow,
  schedulePage,
} from "@longshore/core/adapter";
import { type Sent, batchesOf, send } from "./batches.ts";
import { answersTo } from "./enqueue.ts";
import { encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { formatOf } from "./format.ts";
import { inForm } from "./forms.ts";
import { changedBy, hasLimits, lettingThrough } from "./let-through.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import {
  type Round as JobRound,
  insertingRounds,
  lengthOf,
  needsRounds,
  readRound,
  roundStatements,
  roundsBegin,
} from "./rounds.ts";
import { NOW } from "./tables.ts";

const CREATE = `INSERT OR IGNORE INTO longshore_schedules (name, rule, cursor) SELECT value ->> 0, value ->> 1, ${NOW} FROM json_each(?2)`;
const READ = `SELECT coalesce(z.cursor, ${NOW}) AS cursor, z.upcoming FROM json_each(?2) AS s LEFT JOIN longshore_schedules AS z ON z.name = s.value ->> 0 AND z.rule = s.value ->> 1 ORDER BY s.key`;
const TIME = `SELECT ${NOW} AS now`;

type Kept = { readonly cursor: number; readonly upcoming: number | null };
const rowOf = ({ cursor, upcoming }: Kept): ScheduleRow => ({ cursor, ...(upcoming !== null && { nextAt: upcoming }) });

export async function declare<P>(
  port: Port<P>,
  at: number | null,
  schedules: readonly ScheduleRef[],
): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }> {
  const refs = list(schedules.map(({ name, rule }) => [name, rule]));
  const [, rows, time] = await port.write([
    { sql: CREATE, args: [at, refs] },
    { sql: READ, args: [at, refs] },
    { sql: TIME, args: [at] },
  ]);
  const [{ now }] = time as readonly [{ now: number }]; // one row
  return { now, rows: (rows as readonly Kept[]).map(rowOf) }; // the columns of READ
}

/** 12, 13 and 14 of a job's values: the name, the rule and the cursor of its schedule. */
const IS_NEXT =
  "EXISTS (SELECT 1 FROM longshore_schedules AS z WHERE z.name = value ->> 12 AND z.rule = value ->> 13 AND z.cursor = value ->> 14)";
const OCCURRENCE = inserting(IS_NEXT);
const OCCURRENCE_IN_ROUND = insertingRounds(IS_NEXT);
const MOVE = `UPDATE longshore_schedules AS z SET cursor = s.value ->> 3, upcoming = s.value ->> 4 FROM json_each(?1) AS s WHERE z.name = s.value ->> 0 AND z.rule = s.value ->> 1 AND z.cursor = s.value ->> 2 RETURNING name, rule`;

/** Steps of different schedules, with different jobs, which the same statements can take. */
type Round = (readonly [i: number, step: Advance])[];

export async function advance<P>(
  port: Port<P>,
  at: number | null,
  steps: readonly Advance[],
): Promise<AdvanceAnswer[]> {
  const answers: AdvanceAnswer[] = [];
  const limited = hasLimits(steps.flatMap(({ job }) => job ?? []));
  for (const some of batchesOf(roundsOf(steps)))
    await inForm(limited, (full) =>
      send(
        port,
        some.map((round): Sent => ({
          statements: statementsOf(round, at, full),
          read: (rows) => readAnswers(round, rows, answers),
        })),
      ),
    );
  return answers;
}

function roundsOf(steps: readonly Advance[]): Round[] {
  const rounds: Round[] = [];
  const begins = roundsBegin(steps.flatMap(({ job }) => job ?? []));
  let ends = false;
  steps.forEach((step, i) => {
    // After each job with limits another may start.
    const limited = step.job?.limits !== undefined;
    if (begins(step.job, keyOf(step)) || limited || ends) rounds.push([]);
    ends = limited;
    rounds.at(-1)?.push([i, step]);
  });
  return rounds;
}

/** The jobs are inserted first, while the cursors still say whether their steps are behind. */
function statementsOf(round: Round, at: number | null, full: boolean): Statement[] {
  const moves = list(round.map(([, { name, rule, from, to, nextAt }]) => [name, rule, from, to, nextAt ?? null]));
  const move: Statement = { sql: MOVE, args: [moves] };
  const jobs = occurrences(round);
  if (jobs.length === 0) return [move];
  const format = formatOf(jobs.map(({ job }) => job));
  if (isInTurn(jobs)) {
    const statements = [...roundStatements(jobs, at, OCCURRENCE_IN_ROUND, full), move, ...format];
    return full ? [...statements, lettingThrough(changedBy(jobs.map(({ job }) => job)), at)] : statements;
  }
  const insert = { sql: OCCURRENCE, args: [at, list(jobs.map(({ job, more }) => encodeJob(job, ...more)))] };
  return [
    insert,
    move,
    statesOf(
      jobs.map(({ job }) => job.id),
      at,
    ),
    ...format,
  ];
}

function occurrences(round: Round): JobRound {
  return round.flatMap(([i, { job, name, rule, from }]) =>
    job === undefined ? [] : [{ i, job, more: [name, rule, from] }],
  );
}

function isInTurn(jobs: JobRound): boolean {
  return jobs.some(({ job }) => needsRounds(job));
}

function readAnswers(round: Round, rows: readonly Rows[], answers: AdvanceAnswer[]): void {
  const jobs = occurrences(round);
  const inTurn = isInTurn(jobs);
  const [created, moved, states] = jobs.length === 0 ? [[], ...rows] : inTurn ? [[], rows[lengthOf(jobs)]] : rows;
  const schedules = (moved ?? []) as readonly ScheduleRef[]; // the columns that MOVE returns
  const there = new Set(schedules.map(keyOf));
  const ids = new Set(readIds(created ?? []));
  const known = readStates(states);
  const told = new Map(inTurn ? readRound(jobs, rows) : []);
  for (const [i, step] of round) {
    if (!there.has(keyOf(step))) answers[i] = { status: "behind" };
    else if (step.job === undefined) answers[i] = { status: "moved" };
    else answers[i] = { status: "moved", job: told.get(i) ?? answersTo([step.job], ids, known)[0] };
  }
}

const LIST = `SELECT name, rule, cursor, upcoming FROM longshore_schedules WHERE (name, rule) > (?1, ?2) ORDER BY name, rule LIMIT ?3`;

export async function listSchedules<P>(
  port: Port<P>,
  at: number | null,
  { limit, after = { name: "", rule: "" } }: ScheduleListRequest,
): Promise<SchedulePage> {
  const [rows, time] = await port.read([
    { sql: LIST, args: [after.name, after.rule, limit + 1] },
    { sql: TIME, args: [at] },
  ]);
  const [{ now }] = time as readonly [{ now: number }]; // one row
  const found = rows as readonly (ScheduleRef & Kept)[]; // the columns of LIST
  const schedules = found.map((row) => ({ name: row.name, rule: row.rule, ...rowOf(row) }));
  return schedulePage(now, schedules, limit);
}

function keyOf({ name, rule }: ScheduleRef): string {
  return list([name, rule]);
}
