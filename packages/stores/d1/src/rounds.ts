import { type EnqueueAnswer, type NewJob, refusedFull } from "@longshore/core/adapter";
import { type Sent, alone, batchesOf, send } from "./batches.ts";
import { DEPTHS, HAS_ROOM, numbered } from "./depth.ts";
import type { Related } from "./family.ts";
import { formatOf } from "./format.ts";
import { UNLIMITED, inForm } from "./forms.ts";
import { LOOK_AT_KEYS, type Line, type Looked, answerByKey, placed, replacing } from "./insert-keyed.ts";
import { DUE, encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { lineFrom } from "./lanes.ts";
import { changedBy, hasLimits, lettingThrough } from "./let-through.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import { encodeText } from "./text.ts";

/*
 * Where what becomes of a job may depend on the one before it in its call, jobs are inserted in rounds: in one, no id and no
 * unique key comes twice, and no queue has two sizes.
 */

/** Jobs of a call with their places in it; `more` follows a job's own values. */
export type Round = readonly {
  readonly i: number;
  readonly job: NewJob;
  readonly more: readonly (string | number)[];
}[];

const MOST_CHARACTERS = 600_000;

export function needsRounds({ unique, limits, maxDepth, after }: NewJob): boolean {
  return [unique, limits, maxDepth, after].some((part) => part !== undefined);
}

/** Tells, job by job, whether a round begins with it. `names`: what else may come only once in a round. */
export function roundsBegin(
  jobs: readonly NewJob[],
): (job: NewJob | undefined, ...names: readonly string[]) => boolean {
  const bounded = jobs.some(({ maxDepth }) => maxDepth !== undefined);
  let seen = new Set<string>();
  let depths = new Map<string, number | undefined>();
  let characters = Infinity;
  return (job, ...names) => {
    const own = [...names, ...(job === undefined ? [] : [`id ${job.id}`, ...keysOf(job)])];
    const more = job === undefined ? 500 : charactersOf(job);
    // New data may move a job to another queue, which is less full before.
    const moves = bounded && job?.unique !== undefined && job.unique.on !== "keep";
    const differs = job !== undefined && depths.has(job.queue) && depths.get(job.queue) !== job.maxDepth;
    const begins = characters + more > MOST_CHARACTERS || moves || differs || own.some((name) => seen.has(name));
    if (begins) {
      seen = new Set();
      depths = new Map();
      characters = 0;
    }
    characters += moves ? Infinity : more;
    for (const name of own) seen.add(name);
    if (job !== undefined) depths.set(job.queue, job.maxDepth);
    return begins;
  };
}

/** Of a job in a parameter, about. */
function charactersOf(job: NewJob | Related): number {
  return 500 + job.payload.length + ("family" in job ? JSON.stringify(job.family).length : 0);
}

function keysOf({ unique }: NewJob): readonly string[] {
  return unique === undefined ? [] : [`key ${unique.key}`];
}

export function roundsOfJobs(jobs: readonly NewJob[], ...more: readonly string[]): Round[] {
  const rounds: Round[number][][] = [];
  const begins = roundsBegin(jobs);
  jobs.forEach((job, i) => {
    if (begins(job)) rounds.push([]);
    rounds.at(-1)?.push({ i, job, more });
  });
  return rounds;
}

/** The statements that insert jobs if a condition holds, some of which have unique keys, or none. */
export type RoundInsert = Readonly<Record<"replace" | "replaceInFull" | "keyed" | "plain", string>>;

export function insertingRounds(condition: string, line: Line = (due) => lineFrom("value ->> 9", due)): RoundInsert {
  const unkeyed = `(SELECT value, NULL AS place, ${line(DUE)} AS line, ${DUE} AS due, value ->> 9 AS about FROM json_each(?2))`;
  const [keyed, plain] = [placed(line), unkeyed].map((source) =>
    inserting(HAS_ROOM, {
      before: DEPTHS,
      source: numbered(`${source} WHERE place IS NOT 'taken' AND ${condition}`),
      queue: "(value ->> 1) || line",
      due: "due",
      about: "about",
    }),
  ) as [string, string]; // of two
  const replace = `${replacing(condition)} RETURNING ${UNLIMITED}`;
  return { replace, replaceInFull: replacing(condition), keyed, plain };
}

export const INSERT_ROUND: RoundInsert = insertingRounds("TRUE");

/** `full`: the call ends by letting through whoever may start. */
export function writesOf(round: Round, at: number | null, insert: RoundInsert, full: boolean): Statement[] {
  const { replace, replaceInFull, keyed, plain } = insert;
  const args = [at, list(round.map(({ job, more }) => encodeJob(job, ...more)))];
  const most = Math.max(0, ...round.map(({ job }) => Math.min(job.maxDepth ?? 0, Number.MAX_SAFE_INTEGER)));
  if (!isKeyed(round)) return [{ sql: plain, args: [...args, most] }];
  return [
    { sql: full ? replaceInFull : replace, args },
    { sql: keyed, args: [...args, most] },
  ];
}

function isKeyed(round: Round): boolean {
  return round.some(({ job: { unique } }) => unique !== undefined);
}

/** Looks at what stands, inserts the jobs, and looks at their keys. */
export function roundStatements(round: Round, at: number | null, insert: RoundInsert, full: boolean): Statement[] {
  const ids = round.map(({ job }) => job.id);
  const keys = round.flatMap(({ job: { id, unique } }) => (unique ? [[id, encodeText(unique.key)]] : []));
  const look = keys.length === 0 ? [] : [{ sql: LOOK_AT_KEYS, args: [at, list(keys)] }];
  return [statesOf(ids, at), ...writesOf(round, at, insert, full), ...look];
}

/** How many statements a round has. */
export function lengthOf(round: Round): number {
  return isKeyed(round) ? 4 : 2;
}

export function readRound(round: Round, rows: readonly Rows[]): (readonly [i: number, EnqueueAnswer])[] {
  const [before, created = [], looked = []] = isKeyed(round) ? [rows[0], rows[2], rows[3]] : rows;
  const states = readStates(before);
  const made = new Set(readIds(created));
  const keys = new Map((looked as readonly Looked[]).map((row) => [row.id, row])); // the columns of LOOK_AT_KEYS
  return round.map(({ i, job }) => {
    const { id, unique } = job;
    const key = keys.get(id);
    if (made.has(id)) return [i, key?.behind === id ? { status: "queued_behind", id } : { status: "created" }];
    const state = states.get(id);
    if (state !== undefined) return [i, { status: "duplicate", state }];
    const answer = unique && answerByKey(id, unique, key);
    // A key whose time is over by now was held by a job that has ended.
    if (answer === undefined) return [i, refusedFull(job, Infinity) ?? { status: "duplicate", state: "completed" }];
    // A job behind this one in the call finds what it has replaced.
    if (answer.status === "replaced") states.set(answer.id, key?.state ?? "enqueued");
    if (answer.status === "queued_behind") states.set(answer.id, "blocked");
    return [i, answer];
  });
}

export async function enqueueRounds<P>(
  port: Port<P>,
  at: number | null,
  jobs: readonly NewJob[],
): Promise<EnqueueAnswer[]> {
  const answers: EnqueueAnswer[] = [];
  const first = formatOf(jobs);
  for (const some of batchesOf(roundsOfJobs(jobs))) {
    const changed = changedBy(some.flat().map(({ job }) => job));
    await inForm(hasLimits(jobs), async (full) => {
      const steps = some.map((round): Sent => ({
        statements: roundStatements(round, at, INSERT_ROUND, full),
        read(rows) {
          for (const [i, answer] of readRound(round, rows)) answers[i] = answer;
        },
      }));
      const last = full ? [lettingThrough(changed, at)] : [];
      await send(port, [alone(first), ...steps, alone(last)]);
    });
  }
  return answers;
}
