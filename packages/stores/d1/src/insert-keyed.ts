import {
  type EnqueueAnswer,
  type JobState,
  type KeyedJob,
  type NewJob,
  type Unique,
  decideByKey,
} from "@longshore/core/adapter";
import { DUE, encodeJob, inserting, readIds, readStates, statesOf } from "./inserts.ts";
import { aboutWithBeginning } from "./expiry.ts";
import { formatOf } from "./format.ts";
import { behind, holder, keyed, slotOf, standing, waiter } from "./keys.ts";
import { type Port, type Rows, type Statement, list } from "./port.ts";
import { LATEST, LINE_OF_KEY, NOW, STATE } from "./tables.ts";
import { encodeText } from "./text.ts";

/*
 * Jobs with unique keys are inserted in rounds, in which no id and no key comes twice. The statements of a round do what
 * `decideByKey` of the core says, and find nothing more to do if they look again: a row tells whose data it has.
 */

/** Jobs of a call with their places in it; `more` follows a job's own values. */
export type KeyedRound = readonly {
  readonly i: number;
  readonly job: NewJob;
  readonly more: readonly (string | number)[];
}[];

const MOST_CHARACTERS = 600_000;

export function isKeyed({ unique }: NewJob): boolean {
  return unique !== undefined;
}

export function keyedRounds(jobs: readonly NewJob[], ...more: readonly string[]): KeyedRound[] {
  const rounds: KeyedRound[number][][] = [];
  let seen = new Set<string>();
  let characters = Infinity;
  jobs.forEach((job, i) => {
    const names = namesOf(job);
    characters += job.payload.length + 500;
    if (characters > MOST_CHARACTERS || names.some((name) => seen.has(name))) {
      rounds.push([]);
      seen = new Set();
      characters = job.payload.length + 500;
    }
    for (const name of names) seen.add(name);
    rounds.at(-1)?.push({ i, job, more });
  });
  return rounds;
}

/** What comes once in a round: the id and the key. */
export function namesOf({ id, unique }: NewJob): readonly string[] {
  return unique === undefined ? [`id ${id}`] : [`id ${id}`, `key ${unique.key}`];
}

const ID = "value ->> 0";
const KEY = "value ->> 9 ->> '$[4].key'";
/** At most `maxWaitMs` after an instant; only a debounce has it. */
const dueSince = (since: string): string =>
  `min(${DUE}, coalesce(${since} + (value ->> 9 ->> '$[4].maxWaitMs'), ${LATEST}))`;
const from = (row: string): string => `${row}.about ->> '$[4].from'`;
/** The job does more than to find that its key is taken. */
const REPLACES = `h.ended IS NULL AND value ->> 9 ->> '$[4].on' <> 'keep' AND NOT (h.until IS NOT NULL AND ${from("h")} = ${ID})`;

/** The waiting job, of the key or behind its holder, gets the data of the new one. Its partition, failures and times stay. */
const replacing = (condition: string): string => {
  const about = `json_set(value ->> 9, '$[1]', json(t.about -> '$[1]'), '$[4].slot', ${slotOf("t")}, '$[4].until', t.about ->> '$[4].until', '$[4].since', t.about ->> '$[4].since', '$[4].notBefore', t.about ->> '$[4].notBefore')`;
  return `WITH replaced AS MATERIALIZED (SELECT t.id, value, iif(b.id IS NULL, '', ${LINE_OF_KEY}) AS line, max(${dueSince("(t.about ->> '$[4].since')")}, coalesce(t.about ->> '$[4].notBefore', 0)) AS due, ${about} AS about
FROM json_each(?2) AS s CROSS JOIN ${keyed("h")} ON ${holder("h", KEY)} LEFT JOIN ${keyed("b")} ON ${waiter("b", KEY)} CROSS JOIN longshore_jobs AS t ON t.id = coalesce(b.id, h.id)
WHERE ${REPLACES} AND (b.id IS NOT NULL OR h.until IS NULL) AND ${from("t")} <> ${ID} AND NOT EXISTS (SELECT 1 FROM longshore_jobs AS o WHERE o.id = ${ID} AND ${standing("o")}) AND ${condition})
UPDATE longshore_jobs AS j SET queue = (value ->> 1) || r.line, priority = value ->> 2, due = r.due, born = ${NOW}, keep = value ->> 6, size = value ->> 7, name = value ->> 8, about = ${aboutWithBeginning("r.about", "r.due")}, payload = value ->> 10,
attempt = 0, waited = NULL, stalled = 0, given = 0, since = NULL, why = NULL, result = NULL
FROM replaced AS r WHERE j.id IN (SELECT id FROM replaced) AND j.id = r.id`;
};

/** `place`: "taken" if its key has no place for it, "behind" if it waits behind the holder, null if it takes the key or has none. */
const PLACED = `(SELECT value, place, iif(place = 'behind', ${LINE_OF_KEY}, '') AS line, ${dueSince(NOW)} AS due,
iif(${KEY} IS NULL, value ->> 9, json_set(value ->> 9, '$[4].slot', iif(place = 'behind', ${behind(KEY)}, ${KEY}), '$[4].until', ${NOW} + (value ->> 9 ->> '$[4].forMs'), '$[4].since', ${NOW})) AS about
FROM (SELECT value, (SELECT iif(h.until IS NOT NULL AND ${REPLACES} AND NOT EXISTS (SELECT 1 FROM ${keyed("b")} WHERE ${waiter("b", KEY)}), 'behind', 'taken') FROM ${keyed("h")} WHERE ${holder("h", KEY)}) AS place FROM json_each(?2)))`;

export type KeyedInsert = { readonly replace: string; readonly insert: string };

/** The statements that insert jobs, some of which have keys, if a condition holds. */
export function insertingKeyed(condition: string): KeyedInsert {
  const parts = { source: PLACED, queue: "(value ->> 1) || line", due: "due", about: "about" };
  return { replace: replacing(condition), insert: inserting(`place IS NOT 'taken' AND ${condition}`, parts) };
}

export const INSERT_KEYED: KeyedInsert = insertingKeyed("TRUE");

const stateOf = (row: string): string => STATE.replaceAll(/\bj\./g, `${row}.`);
/** Of each job with a key its holder, and who waits behind that, afterwards. */
const LOOK = `SELECT s.value ->> 0 AS id, h.id AS holder, ${stateOf("h")} AS state, ${from("h")} AS brought, b.id AS behind, ${from("b")} AS broughtBehind
FROM json_each(?2) AS s CROSS JOIN ${keyed("h")} ON ${holder("h", "s.value ->> 1")} LEFT JOIN ${keyed("b")} ON ${waiter("b", "s.value ->> 1")}`;

export function writesOf(round: KeyedRound, at: number | null, { replace, insert }: KeyedInsert): Statement[] {
  const args = [at, list(round.map(({ job, more }) => encodeJob(job, ...more)))];
  return [
    { sql: replace, args },
    { sql: insert, args },
  ];
}

/** How many statements a round has. */
export const ROUND = 4;

/** Looks at what stands, inserts the jobs, and looks at the keys. */
export function roundStatements(round: KeyedRound, at: number | null, insert: KeyedInsert): Statement[] {
  const ids = round.map(({ job }) => job.id);
  const keys = round.flatMap(({ job: { id, unique } }) => (unique ? [[id, encodeText(unique.key)]] : []));
  return [statesOf(ids, at), ...writesOf(round, at, insert), { sql: LOOK, args: [at, list(keys)] }];
}

type Looked = Readonly<Record<"id" | "holder" | "brought", string>> & { readonly state: JobState } & Readonly<
    Record<"behind" | "broughtBehind", string | null>
  >;

export function readRound(round: KeyedRound, rows: readonly Rows[]): (readonly [i: number, EnqueueAnswer])[] {
  const [before, , created = [], looked = []] = rows;
  const states = readStates(before);
  const made = new Set(readIds(created));
  const keys = new Map((looked as readonly Looked[]).map((row) => [row.id, row])); // the columns of LOOK
  return round.map(({ i, job: { id, unique } }) => {
    const key = keys.get(id);
    if (made.has(id)) return [i, key?.behind === id ? { status: "queued_behind", id } : { status: "created" }];
    const state = states.get(id);
    if (state !== undefined || unique === undefined) return [i, { status: "duplicate", state: state ?? "completed" }];
    const answer = answerByKey(id, unique, key);
    // A job behind this one in the call finds what it has replaced.
    if (answer.status === "replaced") states.set(answer.id, key?.state ?? "enqueued");
    if (answer.status === "queued_behind") states.set(answer.id, "blocked");
    return [i, answer];
  });
}

/** What the statements have done, by what they left; a key whose time is over by now was held by a job that has ended. */
function answerByKey(id: string, unique: Unique, key: Looked | undefined): EnqueueAnswer {
  const held = (by: string, state: JobState, from: string): KeyedJob => ({
    id: by,
    state,
    held: { ...unique, until: 0, since: 0, from },
  });
  const { behind: waiting, broughtBehind } = key ?? {};
  const decision = decideByKey(
    { id, unique },
    key && held(key.holder, key.state, key.brought),
    waiting && broughtBehind ? held(waiting, "blocked", broughtBehind) : undefined,
  );
  return decision.type === "answer" ? decision.answer : { status: "duplicate", state: "completed" };
}

/** More rounds than this are sent as several batches. */
const MOST_ROUNDS = 50;

export async function enqueueKeyed<P>(
  port: Port<P>,
  at: number | null,
  jobs: readonly NewJob[],
): Promise<EnqueueAnswer[]> {
  const answers: EnqueueAnswer[] = [];
  const rounds = keyedRounds(jobs);
  for (let from = 0; from < rounds.length; from += MOST_ROUNDS) {
    const some = rounds.slice(from, from + MOST_ROUNDS);
    const first = formatOf(jobs);
    const rows = await port.write([...first, ...some.flatMap((round) => roundStatements(round, at, INSERT_KEYED))]);
    some.forEach((round, n) => {
      const start = first.length + n * ROUND;
      for (const [i, answer] of readRound(round, rows.slice(start, start + ROUND))) answers[i] = answer;
    });
  }
  return answers;
}
