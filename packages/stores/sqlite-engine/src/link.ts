import { type EnqueueAnswer, type NewJob, standIns, unknownParent } from "@longshore/core/adapter";
import { type Child, type StoredParents, withFamily } from "./family.ts";
import { entering } from "./new-row.ts";
import { standsAt } from "./schema.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";

/** A row of 2 MB has a payload, a result and failures of 1 940 000, and may list so many characters of children. */
const MOST_CHARACTERS = 100_000;

const KNOWN = `SELECT longshore_jobs.id,coalesce(length(about->'$.before'),0) size FROM json_each(?) JOIN longshore_jobs ON longshore_jobs.id=value AND ${standsAt("?")}`;

/** The answer to every job of a call that names a parent which does not exist, or which has too many children. */
export function refusal({ tables }: StoreState, jobs: readonly NewJob[], now: number): EnqueueAnswer | undefined {
  if (!jobs.some(({ after }) => after !== undefined)) return undefined;
  tables.putApart(jobs.flatMap(({ after }) => after?.jobs.map(({ id }) => id) ?? []));
  const ids = new Set(jobs.map(({ id }) => id));
  const sizes = new Map<string, number>();
  for (const job of jobs) {
    if (job.after === undefined || tables.find(job.id, now) !== undefined) continue;
    const wanted = JSON.stringify(job.after.jobs.map(({ id }) => id));
    const known = tables.sql<{ id: string; size: number }>(KNOWN, wanted, now);
    for (const { id, size } of known) if (!sizes.has(id)) sizes.set(id, size);
    for (const { id } of job.after.jobs) {
      if (!sizes.has(id) && !ids.has(id)) return unknownParent(job, id);
      const size = (sizes.get(id) ?? 0) + job.id.length + MOST_OF_A_CHILD;
      if (size > MOST_CHARACTERS) return { status: "failed", message: `too many jobs would come after ${id}` };
      sizes.set(id, size);
    }
  }
  return undefined;
}

/** Quotes, brackets, commas and a number. */
const MOST_OF_A_CHILD = 24;

const STANDING = `SELECT longshore_jobs.id,ended FROM json_each(?) JOIN longshore_jobs ON longshore_jobs.id=value AND ${standsAt("?")}`;
const ADD =
  "UPDATE longshore_jobs SET rev=?,about=json_set(about,'$.before',json_insert(coalesce(about->'$.before','[]'),'$[#]',json(?))) WHERE id IN(SELECT value FROM json_each(?))";

type Parent = Pick<Row, "id" | "ended">;

/** A job that a call creates, and its parent that had failed before. */
export type Doomed = { readonly id: string; readonly parent: string; readonly how: "dead" | "cancelled" };

/**
 * Links the jobs that a call creates, which are not in the tables yet, with their parents. Returns those that are dead from
 * the beginning.
 */
export function link(
  state: StoreState,
  created: Map<string, Row>,
  jobs: readonly NewJob[],
  answers: readonly EnqueueAnswer[],
  now: number,
): readonly Doomed[] {
  const { tables, leases, families } = state;
  const standing = standIns(jobs, answers);
  const before = new Map<string, Child[]>();
  const doomed: Doomed[] = [];
  jobs.forEach(({ id, after }, i) => {
    const row = created.get(id);
    if (after === undefined || row === undefined || answers[i]?.status !== "created") return;
    families.prepare();
    const child: Child = [id, row.seq];
    const named = after.jobs.map((ref) => (created.has(ref.id) ? ref.id : (standing.get(ref.id) ?? ref.id)));
    const others = [...new Set(named)];
    const apart = others.filter((one) => !created.has(one));
    // One that stands for another has not been named.
    tables.putApart(apart);
    const elsewhere = JSON.stringify(apart);
    const found = new Map(tables.sql<Parent>(STANDING, elsewhere, now).map((one) => [one.id, one]));
    const parents = others.flatMap((one) => created.get(one) ?? found.get(one) ?? []);
    if (found.size > 0) tables.sql(ADD, tables.next(), JSON.stringify(child), elsewhere);
    for (const { id: parent } of parents) {
      if (leases.held.has(parent)) leases.tell(parent, tables.find(parent, now)?.about ?? "");
      if (!created.has(parent)) continue;
      const children = before.get(parent);
      if (children === undefined) before.set(parent, [child]);
      else children.push(child);
    }
    const failed =
      after.onFailed === "dead" ? parents.find(({ ended }) => ended === "dead" || ended === "cancelled") : undefined;
    const isDoomed = failed !== undefined;
    if (isDoomed) doomed.push({ id, parent: failed.id, how: failed.ended === "cancelled" ? "cancelled" : "dead" });
    const waits = isDoomed || parents.some(({ ended }) => ended === null);
    const ids = parents.map((parent) => parent.id);
    const stored: StoredParents = { n: row.seq, ids, onFailed: after.onFailed, ...(waits && { waits }) };
    const known = withFamily(row, { after: stored });
    created.set(id, waits ? known : entering(state, { ...known, waiting: 1 }, now));
  });
  for (const [id, children] of before) created.set(id, withFamily(created.get(id) as Row, { before: children })); // of this call
  return doomed;
}
