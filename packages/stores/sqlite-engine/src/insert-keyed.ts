import {
  type EnqueueAnswer,
  type HeldKey,
  type KeyedJob,
  type NewJob,
  decideByKey,
  heldKey,
  refusedFull,
} from "@longshore/core/adapter";
import { withFamily } from "./family.ts";
import { stateAt } from "./job.ts";
import { behindOf, keyOf, type StoredKey, withKey } from "./stored-key.ts";
import { find, holderOf } from "./key-moves.ts";
import { entering, newRow } from "./new-row.ts";
import type { StoreState } from "./state.ts";
import type { Row } from "./row.ts";
import { wait } from "./wait.ts";

/** The rows that one call creates, by id, and by slot. They are not in the tables yet. */
export type Created = { readonly rows: Map<string, Row>; readonly slots: Map<string, Row> };

/** The enqueue of a job with a unique key. */
export function insertKeyed(
  state: StoreState,
  job: NewJob,
  held: HeldKey,
  created: Created,
  now: number,
): EnqueueAnswer {
  state.keys.prepare();
  const { key } = held;
  const holder = created.slots.get(key) ?? holderOf(state, key, now);
  const behind = created.slots.get(behindOf(key)) ?? find(state, behindOf(key), now)[0];
  const create = (slot: string, waiting: number, answer: EnqueueAnswer): EnqueueAnswer => {
    const full = job.maxDepth === undefined ? undefined : refusedFull(job, state.depths.of(job.queue));
    if (full !== undefined) return full;
    state.depths.add(job.queue, 1);
    const made = withKey(newRow(job, state, now, held), { unique: held, slot });
    const row = waiting === 0 ? { ...made, waiting } : entering(state, made, now);
    state.stats?.enqueued(job, now);
    created.rows.set(job.id, row);
    created.slots.set(slot, row);
    return answer;
  };
  const decision = decideByKey({ id: job.id, unique: held }, known(state, holder, now), known(state, behind, now));
  switch (decision.type) {
    case "answer":
      return decision.answer;
    case "insert":
      return create(key, 1, { status: "created" });
    case "behind":
      return create(behindOf(key), 0, { status: "queued_behind", id: job.id });
    case "replace":
      replace(state, (decision.target === "holder" ? holder : behind) as Row, job, created, now); // the target exists
      return decision.answer;
  }
}

/** A job that waits gets the data of another one. */
function replace(state: StoreState, old: Row, job: NewJob, created: Created, now: number): void {
  const { tables, waiting, lanes } = state;
  const { id, seq, token, failures } = old;
  const { unique, slot = "" } = keyOf(old.about) as StoredKey; // it was found by its key
  const { partition, before } = JSON.parse(old.about);
  const held = heldKey(job, now, unique) as HeldKey; // the job has a key
  const fresh = newRow({ ...job, id, partition }, state, now, held);
  const made = { ...withFamily(withKey(fresh, { unique: held, slot }), { before }), seq, token, failures };
  const isBehind = slot === behindOf(held.key);
  state.depths.add(old.queue, -1);
  state.depths.add(job.queue, 1);
  lanes.leave(id, old.about, false);
  if (created.rows.has(id)) {
    const row = isBehind ? { ...made, waiting: 0 } : entering(state, made, now);
    created.rows.set(id, row);
    created.slots.set(slot, row);
    return;
  }
  if (isBehind) return tables.put({ ...made, waiting: 0 });
  wait(state, made, made.due, now);
  if (old.waiting === 1) waiting.leave(old);
}

function known({ leases }: StoreState, row: Row | undefined, now: number): KeyedJob | undefined {
  const stored = row && keyOf(row.about);
  return row && stored && { id: row.id, state: stateAt(row, leases.held.get(row.id), now), held: stored.unique };
}
