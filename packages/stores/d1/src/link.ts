import { type EnqueueAnswer, type NewJob, refusedFull, unknownParent } from "@longshore/core/adapter";
import { KEEP, fates } from "./children.ts";
import { DEPTHS, HAS_ROOM, numbered } from "./depth.ts";
import { BEFORE, type Family, PARENTS, type Related, isParent, waitsForParents } from "./family.ts";
import { firstsOf, nextSeq } from "./inserts.ts";
import { holder, keyed, standing, waiter } from "./keys.ts";
import { lineFrom } from "./lanes.ts";
import { changedBy, lettingThrough } from "./let-through.ts";
import { type Rows, type Statement, chunks, list } from "./port.ts";
import { insertingRounds, lengthOf, readRound, roundStatements, roundsOfJobs } from "./rounds.ts";
import { LINE_OF_PARENTS, NOW } from "./tables.ts";
import { encodeText } from "./text.ts";

/*
 * A call with jobs that come after others is one batch, and happens as a whole or not at all: it leaves a mark, which a parent
 * that does not stand, or a full queue, replaces by the reason; the jobs are inserted if the mark is still there. They come
 * linked as if none of them stood. What is different in the tables is made good afterwards, and costs rows only then.
 */

/** The mark of a call in `longshore_meta`. */
export const MARKED = "value ->> 12 = (SELECT m.mark FROM longshore_meta AS m WHERE m.key = 'settled')";
/** Leaves the mark, ?3, where a condition holds. */
export const marking = (condition: string): string =>
  `INSERT INTO longshore_meta AS m (key, value, mark) SELECT 'settled', 0, ?3 WHERE ${condition} ON CONFLICT (key) DO UPDATE SET mark = excluded.mark`;
const refusing = (why: string): string =>
  `UPDATE longshore_meta AS m SET mark = u.why FROM (${why} LIMIT 1) AS u WHERE m.key = 'settled' AND m.mark = `;

/** A row has 2 MB: a payload, a result and failures of 1 940 000, and so many characters of children. */
const MOST_CHILDREN = 100_000;
/** Of a child in its parent's row, beside its id. */
const MOST_OF_A_CHILD = 30;

/** Elements of ?2: the child, the parent, whether the call has it, how many characters the call adds to it, and their place. */
const CHECK = `${refusing(`SELECT json_array('parent', s.value ->> 4, q.id IS NULL AND NOT s.value ->> 2) AS why FROM json_each(?2) AS s LEFT JOIN longshore_jobs AS q ON q.id = s.value ->> 1 AND ${standing("q")}
WHERE NOT EXISTS (SELECT 1 FROM longshore_jobs AS o WHERE o.id = s.value ->> 0 AND ${standing("o")}) AND ((q.id IS NULL AND NOT s.value ->> 2) OR coalesce(length(q.about -> ${BEFORE}), 0) + (s.value ->> 3) > ${MOST_CHILDREN}) ORDER BY s.key`)}?3 RETURNING mark`;
const CHECK_ROOM = `${DEPTHS} ${refusing(`SELECT json_array('full', value ->> 0) AS why FROM ${numbered("json_each(?2) WHERE TRUE")} WHERE NOT ${HAS_ROOM} ORDER BY value ->> 5`)}?4 RETURNING mark`;

const INSERT = insertingRounds(
  MARKED,
  (due) => `iif(value ->> 9 -> ${PARENTS} IS NULL, ${lineFrom("value ->> 9", due)}, ${LINE_OF_PARENTS})`,
);

/** The rows `c` of the children ?2 (id, seq) that this call has made. */
const MADE = "json_each(?2) AS s CROSS JOIN longshore_jobs AS c ON c.id = s.value ->> 0 AND c.seq = s.value ->> 1";
const NAMED = `${MADE} CROSS JOIN json_each(c.about, ${PARENTS}) AS a CROSS JOIN longshore_jobs AS q ON q.id = a.value`;

/** Elements of ?2: a child's id and seq, and the place, the key and the kind of a parent, for which another job may stand. */
const STAND_IN = `WITH names AS MATERIALIZED (SELECT c.id, s.value ->> 2 AS place, coalesce(b.id, h.id) AS name FROM ${MADE} CROSS JOIN ${keyed("h")} ON ${holder("h", "s.value ->> 3")} LEFT JOIN ${keyed("b")} ON ${waiter("b", "s.value ->> 3")} AND s.value ->> 4 <> 'keep'
WHERE NOT EXISTS (SELECT 1 FROM longshore_jobs AS q WHERE q.id = s.value ->> 5 AND ${standing("q")}))
UPDATE longshore_jobs AS j SET about = json_set(j.about, ${PARENTS}, (SELECT json_group_array(coalesce(n.name, a.value)) FROM json_each(j.about, ${PARENTS}) AS a LEFT JOIN names AS n ON n.id = j.id AND n.place = a.key)) WHERE j.id IN (SELECT id FROM names)`;

const part = (n: number): string => `json(coalesce(j.about -> '$[${n}]', 'null'))`;
/** `about` of a parent with all values before its relatives. */
const WHOLE = `CASE WHEN j.about ->> '$[5]' IS NOT NULL THEN j.about WHEN j.about -> '$[5]' IS NULL THEN json_array(${[0, 1, 2, 3, 4].map(part).join(", ")}, json('{}')) ELSE json_set(j.about, '$[5]', json('{}')) END`;
/** Parents that stood before the call learn of their children. */
const TELL = `WITH told AS MATERIALIZED (SELECT q.id, json_group_array(json_array(c.id, c.seq, a.key)) AS more FROM ${NAMED} WHERE ${standing("q")} AND NOT ${isParent("q", "a.key")} GROUP BY q.id)
UPDATE longshore_jobs AS j SET about = json_set(${WHOLE}, ${BEFORE}, json(iif(j.about -> ${BEFORE} IS NULL, m.more, substr(j.about -> ${BEFORE}, 1, length(j.about -> ${BEFORE}) - 1) || ',' || substr(m.more, 2))))
FROM told AS m WHERE j.id IN (SELECT id FROM told) AND j.id = m.id`;

/** Children whose parents have ended are free, or dead from the beginning. */
const ENTER = fates(
  {
    rows: `(SELECT DISTINCT a.value AS id FROM ${MADE} AND ${waitsForParents("c")} CROSS JOIN json_each(c.about, ${PARENTS}) AS a) AS n CROSS JOIN longshore_jobs AS k ON k.id = n.id AND k.ended IS NOT NULL AND ${standing("k")}`,
    how: "k.ended",
    place: "0",
    lapse: "NULL",
  },
  {
    root: "c.seq",
    depth: "b.value ->> 2",
    touched: `SELECT c.id, EXISTS (SELECT 1 FROM json_each(c.about, ${PARENTS}) AS a WHERE a.value IN (SELECT id FROM dead)) AS place FROM ${MADE} AND ${waitsForParents("c")} WHERE c.id NOT IN (SELECT id FROM dead)
AND NOT EXISTS (SELECT 1 FROM longshore_jobs AS q WHERE q.id = c.about ->> '$[5].after.ids[0]' AND q.ended IS NULL AND q.id NOT IN (SELECT id FROM over) AND ${isParent("q")})`,
    // A time in the past stays, unless its parent is dead by this very call.
    due: `iif(m.place, max(j.due, ${NOW}), j.due)`,
  },
);

/** Statements of a batch, and what they answer. */
export type Linking = {
  readonly statements: readonly Statement[];
  read(rows: readonly Rows[]): EnqueueAnswer[];
};

/** What enqueues jobs some of which come after others, if the batch has left this mark. */
export function linking(jobs: readonly NewJob[], at: number | null, mark: string): Linking {
  const related = relatedOf(jobs);
  const checks = checksOf(jobs);
  const children = related.filter(({ family }) => family.after !== undefined);
  const parts = chunks(
    children.map(({ id, seq }) => [id, seq] as const),
    ([id]) => id.length + 30,
  ).map(list);
  const checking = [
    ...chunks(checks, ({ child, parent }) => child.id.length + parent.length + 40).map((some) => ({
      sql: CHECK,
      args: [at, list(some.map(({ child, parent, ours, added, n }) => [child.id, parent, ours, added, n])), mark],
    })),
    ...roomFor(jobs, at, mark),
  ];
  const rounds = roundsOfJobs(related, mark);
  const inserting = rounds.flatMap((round) => roundStatements(round, at, INSERT, true));
  const over = (sql: string) => parts.map((some) => ({ sql, args: [at, some] }));
  const linked = [...standInsOf(children, jobs, at), ...over(TELL), ...over(ENTER)];
  const kept = chunks(
    children.map(({ id }) => id),
    (id) => id.length + 3,
  ).map((ids) => ({ sql: KEEP, args: [at, list(ids)] }));
  // Children come in when all of the call are there.
  const inTurn = [false, true].flatMap((later) => jobs.filter(({ after }) => (after !== undefined) === later));
  return {
    statements: [...checking, ...inserting, ...linked, ...kept, lettingThrough(changedBy(inTurn), at)],
    read(rows) {
      const refused = rows.slice(0, checking.length).flatMap((found) => refusalOf(found, jobs, checks));
      if (refused[0] !== undefined) return jobs.map(() => refused[0] as EnqueueAnswer); // it is there
      const answers: EnqueueAnswer[] = [];
      let read = checking.length;
      for (const round of rounds)
        for (const [i, answer] of readRound(round, rows.slice(read, (read += lengthOf(round))))) answers[i] = answer;
      return answers;
    },
  };
}

/**
 * All jobs of a call with their relatives in it, as if none of them stood. A second job of an id may be the one
 * that is created, where another has the first one's key.
 */
function relatedOf(jobs: readonly NewJob[]): Related[] {
  const firsts = new Map(firstsOf(jobs).map((job) => [job.id, { job, seq: nextSeq() }]));
  const before = new Map<string, (readonly [string, number, number])[]>();
  for (const { job, seq } of firsts.values()) {
    parentsOf(job).forEach((parent, place) => {
      const children = before.get(parent) ?? [];
      if (firsts.has(parent)) before.set(parent, children);
      children.push([job.id, seq, place]);
    });
  }
  return jobs.map((job) => {
    const first = firsts.get(job.id);
    const isFirst = first?.job === job;
    const children = isFirst ? before.get(job.id) : undefined;
    const family: Family = {
      ...(children && { before: children }),
      ...(job.after && { after: { ids: parentsOf(job), onFailed: job.after.onFailed } }),
    };
    return { ...job, seq: isFirst ? first.seq : nextSeq(), family };
  });
}

function parentsOf({ after }: NewJob): string[] {
  return [...new Set(after?.jobs.map(({ id }) => id))];
}

type Check = Readonly<Record<"added" | "n", number>> & {
  readonly child: NewJob;
  readonly parent: string;
  readonly ours: boolean;
};

function checksOf(jobs: readonly NewJob[]): Check[] {
  const ids = new Set(jobs.map(({ id }) => id));
  const sizes = new Map<string, number>();
  let n = 0;
  return jobs.flatMap((child) =>
    parentsOf(child).map((parent) => {
      const added = (sizes.get(parent) ?? 0) + child.id.length + MOST_OF_A_CHILD;
      sizes.set(parent, added);
      return { child, parent, ours: ids.has(parent), added, n: n++ };
    }),
  );
}

function roomFor(jobs: readonly NewJob[], at: number | null, mark: string): Statement[] {
  if (jobs.every(({ maxDepth }) => maxDepth === undefined)) return [];
  const asked = firstsOf(jobs).map(({ id, queue, maxDepth = null }, n) => [
    id,
    queue,
    0,
    0,
    0,
    n,
    0,
    0,
    0,
    0,
    0,
    maxDepth,
  ]);
  const most = Math.max(...jobs.map(({ maxDepth = 0 }) => Math.min(maxDepth, Number.MAX_SAFE_INTEGER)));
  return [{ sql: CHECK_ROOM, args: [at, list(asked), most, mark] }];
}

/** For parents of the call that have unique keys. */
function standInsOf(children: readonly Related[], jobs: readonly NewJob[], at: number | null): Statement[] {
  const uniques = new Map(firstsOf(jobs).flatMap(({ id, unique }) => (unique ? [[id, unique] as const] : [])));
  const asked = children.flatMap(({ id, seq, family }) =>
    (family.after?.ids ?? []).flatMap((parent, place) => {
      const unique = uniques.get(parent);
      return unique === undefined ? [] : [[id, seq, place, encodeText(unique.key), unique.on, parent]];
    }),
  );
  return asked.length === 0 ? [] : [{ sql: STAND_IN, args: [at, list(asked)] }];
}

function refusalOf(rows: Rows, jobs: readonly NewJob[], checks: readonly Check[]): EnqueueAnswer[] {
  const [found] = rows as readonly { mark: string }[]; // the column that the checks return
  if (found === undefined) return [];
  const [why, which, unknown] = JSON.parse(found.mark);
  if (why === "full") return jobs.flatMap((job) => (job.id === which ? (refusedFull(job, Infinity) ?? []) : []));
  const check = checks[which];
  if (check === undefined) return [];
  if (unknown === 1) return [unknownParent(check.child, check.parent)];
  return [{ status: "failed", message: `too many jobs would come after ${check.parent}` }];
}
