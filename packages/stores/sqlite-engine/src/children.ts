import { type ParentEnd, buriedWith, recordFailure } from "@longshore/core/adapter";
import { type Child, type StoredParents, type WaitingChild, childrenOf, familyOf, withFamily } from "./family.ts";
import { withPatience } from "./expiry.ts";
import { failuresOf } from "./job.ts";
import { standsAt } from "./schema.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";
import { wait } from "./wait.ts";

/** A child that waits, and how many of its parents have not ended: those that stand, and have it among their children. */
const WAITING =
  "SELECT ?2 n,about->>'$.after.onFailed' onFailed,(SELECT count(*) FROM json_each(c.about,'$.after.ids') a JOIN longshore_jobs p ON p.id=a.value WHERE p.ended IS NULL AND EXISTS(SELECT 1 FROM json_each(p.about,'$.before') b WHERE b.value->>0=?1 AND b.value->>1=?2)) open FROM longshore_jobs c WHERE id=?1 AND ended IS NULL AND about->>'$.after.waits' IS NOT NULL AND about->>'$.after.n'=?2";

type End = { readonly id: string; readonly about: string; readonly how: ParentEnd };

/**
 * Frees or buries whoever waits for a job that has ended, and whoever waits for those that are buried. The job's row has
 * ended in the tables, or is gone. Its worker may not know of the end before an instant.
 */
export function endForChildren(state: StoreState, first: End, now: number, notBefore: number = now): void {
  const { waiting, fates } = state.families;
  const ends: End[] = [first];
  /** How many had ended when a child was read: it is counted without them. */
  const readAfter = new Map<string, number>();
  // The list grows: a long line of children is no recursion.
  for (const [place, { id: parent, about, how }] of ends.entries()) {
    for (const [id, n] of childrenOf(about)) {
      const known = waiting.get(id);
      const child = known?.n === n ? known : read(state, id, n);
      if (child === undefined) continue;
      if (child !== known) readAfter.set(id, ends.length);
      else if (place >= (readAfter.get(id) ?? 0)) child.open--;
      if (how !== "completed" && child.onFailed === "dead") {
        const dead = bury(state, { id, parent, how }, now);
        if (dead !== undefined) ends.push({ id, about: dead.about, how: "dead" });
      } else if (child.open === 0) {
        free(state, id, now, notBefore);
        fates.freed++;
        state.keys.passedOn = true;
      } else waiting.set(id, child);
    }
  }
}

function read({ tables, families }: StoreState, ...[id, n]: Child): WaitingChild | undefined {
  families.waiting.delete(id);
  return tables.sql<WaitingChild>(WAITING, id, n)[0];
}

function free(state: StoreState, id: string, now: number, notBefore: number): void {
  state.families.waiting.delete(id);
  const row = state.tables.find(id, now);
  const after = row && familyOf(row.about).after;
  if (row === undefined || after === undefined) return;
  const due = Math.max(row.due, notBefore);
  wait(state, withPatience(withFamily({ ...row, due }, { after: { ...after, waits: undefined } }), now), due, now);
}

/** A child is dead because a parent is. Returns its row. */
export function bury(
  state: StoreState,
  { id, parent, how }: { readonly id: string; readonly parent: string; readonly how: Exclude<ParentEnd, "completed"> },
  now: number,
): Row | undefined {
  const { tables, families } = state;
  families.waiting.delete(id);
  const row = tables.find(id, now);
  const after = row && familyOf(row.about).after;
  if (row === undefined || after === undefined) return undefined;
  families.fates.buried++;
  state.depths.add(row.queue, -1);
  const failures = JSON.stringify(recordFailure(failuresOf(row), buriedWith(parent, how, row.attempt, now)));
  const buried = withFamily(row, { after: { ...after, waits: undefined, buriedBy: parent } });
  const dead: Row = { ...buried, waiting: 0, ended: "dead", due: now, expires: null, failures };
  tables.put(dead);
  return dead;
}

const OPEN = parentsIn("ended IS NULL");
const FAILED = parentsIn("ended IN('dead','cancelled')");

/** The first of a child's parents in this condition. */
function parentsIn(condition: string): string {
  return `SELECT p.id FROM json_each(?) a JOIN longshore_jobs p ON p.id=a.value WHERE p.${condition} AND EXISTS(SELECT 1 FROM json_each(p.about,'$.before') b WHERE b.value->>0=? AND b.value->>1=?) ORDER BY a.key LIMIT 1`;
}

const FORGET = `DELETE FROM longshore_jobs WHERE id IN(SELECT value FROM json_each(?)) AND NOT ${standsAt("?")}`;

function first({ tables }: StoreState, which: string, id: string, { n, ids }: StoredParents): string | undefined {
  return tables.sql<{ id: string }>(which, JSON.stringify(ids), id, n)[0]?.id;
}

/** A job that is replayed waits for its parents again, and its children that were dead with it wait for it. */
export function revive(state: StoreState, row: Row, now: number): void {
  const { tables, families } = state;
  const lives: Row[] = [row];
  for (const one of lives) {
    const fresh: Row = { ...one, ended: null, expires: null, snoozed: null, attempt: 0, born: now, due: now };
    const again = withPatience(fresh, now);
    state.depths.add(one.queue, 1);
    const { after } = familyOf(one.about);
    if (after === undefined) wait(state, again, now, now);
    else {
      // Their time was over while nobody needed them: they do not come back.
      tables.sql(FORGET, JSON.stringify(after.ids), now);
      const waits = first(state, OPEN, one.id, after) === undefined ? undefined : true;
      const reborn = withFamily(again, { after: { ...after, waits, buriedBy: undefined } });
      if (waits) tables.put({ ...reborn, waiting: 0 });
      else wait(state, reborn, now, now);
    }
    for (const [id, n] of childrenOf(one.about)) {
      families.waiting.delete(id);
      const child = tables.find(id, now);
      const parents = child && familyOf(child.about).after;
      if (parents?.n !== n || child?.ended !== "dead" || parents.buriedBy !== one.id) continue;
      tables.sql(FORGET, JSON.stringify(parents.ids), now); // one of these would hold it up
      const other = first(state, FAILED, child.id, parents);
      if (other === undefined) lives.push(child);
      else tables.put(withFamily(child, { after: { ...parents, buriedBy: other } }));
    }
  }
}
