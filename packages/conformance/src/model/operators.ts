import {
  type Change,
  type ControlAnswer,
  type JobPage,
  type JobRef,
  type JobState,
  type ListRequest,
  type QueueCounts,
  type QueueDepth,
  type StoredJob,
  statesOf,
} from "@longshore/core/adapter";
import { changed, enter, letThrough } from "./limits.ts";
import { end, passOn } from "./endings.ts";
import { ALIVE, endForChildren, replay } from "./families.ts";
import { storedJob } from "./stored.ts";
import {
  type Draft,
  type Row,
  dueOf,
  openIn,
  forgetExpired,
  holderOf,
  isBlocked,
  keptUntil,
  patient,
  stateAt,
} from "./state.ts";

export function get(draft: Draft, now: number, refs: readonly JobRef[]): (StoredJob | undefined)[] {
  return refs.map(({ id }) => {
    const row = draft.rows.get(id);
    return row === undefined ? undefined : storedJob(draft, row, now);
  });
}

/** Ordered by id; the cursor is the last id shown. */
export function list(draft: Draft, now: number, request: ListRequest): JobPage {
  const { queue, name, limit, cursor, descending } = request;
  const isAfter = (a: string, b: string): boolean => (descending ? a < b : a > b);
  const rows = [...draft.rows.values()]
    .filter(({ data }) => cursor === undefined || isAfter(data.id, cursor))
    .filter(({ data }) => queue === undefined || data.queue === queue)
    .filter(({ data }) => name === undefined || data.name === name)
    .filter((row) => statesOf(request)?.includes(stateAt(row, now)) !== false)
    .sort((a, b) => (isAfter(b.data.id, a.data.id) ? -1 : 1));
  const jobs = rows.slice(0, limit).map((row) => storedJob(draft, row, now));
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? { jobs, cursor: last.data.id } : { jobs };
}

export function counts(draft: Draft, now: number): QueueCounts[] {
  const queues = new Map<string, Partial<Record<JobState, number>>>();
  for (const name of draft.paused.keys()) queues.set(name, {});
  for (const row of draft.rows.values()) {
    const found = queues.get(row.data.queue) ?? {};
    const state = stateAt(row, now);
    queues.set(row.data.queue, { ...found, [state]: (found[state] ?? 0) + 1 });
  }
  return [...queues].map(([queue, found]) => ({ queue, paused: draft.paused.has(queue), counts: found }));
}

export function depth(draft: Draft, now: number, queue: string): QueueDepth {
  const open = openIn(draft, queue);
  const waits = open.filter((row) => !isBlocked(row)).map(({ dueAt }) => now - dueAt);
  return { jobs: open.length, waitedMs: Math.max(0, ...waits) };
}

type Rule = {
  readonly from: readonly JobState[];
  /** Returns false, and does nothing, if another job stands in the way. */
  apply(draft: Draft, now: number, row: Row): void | false;
};

const LIVE: readonly JobState[] = ["delayed", "enqueued", "active", "stalled", "failed", "blocked"];

const rules: { readonly [V in "cancel" | "replay" | "runNow" | "remove"]: Rule } = {
  cancel: {
    from: LIVE,
    apply: (draft, now, row) => void end(draft, row, "cancelled", now, { heldUntil: row.leased ? row.dueAt : 0 }),
  },
  replay: {
    from: ["dead", "cancelled"],
    apply(draft, now, row) {
      const fresh = { ...ALIVE, enqueuedAt: now, dueAt: now };
      const { unique } = row;
      const holder = unique && holderOf(draft, unique.key, now);
      if (holder !== undefined && holder !== row) return false;
      const key = unique && { place: "holds" as const, since: now, until: keptUntil(unique, now) };
      return replay(draft, { ...row, ...fresh, ...key }, now);
    },
  },
  runNow: {
    from: ["delayed", "failed"],
    apply: (draft, now, row) => enter(draft, patient({ ...row, dueAt: now }, now), now),
  },
  remove: {
    from: ["delayed", "enqueued", "stalled", "failed", "blocked", "completed", "dead", "cancelled"],
    apply(draft, now, row) {
      const holds = row.unique !== undefined && holderOf(draft, row.unique.key, now) === row;
      draft.rows.delete(row.data.id);
      changed(draft, row);
      if (holds) passOn(draft, row, now, now);
      if (row.ended === undefined) endForChildren(draft, row, "removed", now);
      forgetExpired(draft, now);
    },
  },
};

export function control(verb: keyof typeof rules, draft: Draft, now: number, refs: readonly JobRef[]): ControlAnswer[] {
  const rule = rules[verb];
  return refs.map(({ id }) => {
    const row = draft.rows.get(id);
    if (row === undefined) return { status: "gone" };
    const state = stateAt(row, now);
    if (!rule.from.includes(state) || rule.apply(draft, now, row) === false) return { status: "refused", state };
    letThrough(draft, now);
    return { status: "done" };
  });
}

/** What has not begun: a stalled job may still be run by its worker. */
const CHANGEABLE: readonly JobState[] = ["delayed", "enqueued", "failed", "blocked"];

export function update(draft: Draft, now: number, changes: readonly Change[]): ControlAnswer[] {
  return changes.map(({ id, name, data, priority, due }) => {
    const row = draft.rows.get(id);
    if (row === undefined || row.data.name !== name) return { status: "gone" };
    const state = stateAt(row, now);
    if (!CHANGEABLE.includes(state)) return { status: "refused", state };
    const dueAt = due === undefined ? row.dueAt : Math.max(dueOf(due, draft.rules, now), row.notBefore);
    const made = { ...row, data: { ...row.data, ...data, priority: priority ?? row.data.priority }, dueAt };
    const next = due === undefined ? made : patient(made, now);
    if (row.place === "behind" || row.waits) draft.rows.set(id, next);
    else {
      // Behind the key of its limit it takes its turn anew.
      changed(draft, row);
      enter(draft, next, now);
      letThrough(draft, now);
    }
    return { status: "done" };
  });
}

/** Removes expired dead letters. As before every operation, expired rows are already gone. */
export function prune(draft: Draft, now: number, limit: number): StoredJob[] {
  const past = [...draft.rows.values()].filter(
    (row) => row.ended === "dead" && now >= row.dueAt + draft.rules.deadKeepMs,
  );
  return past.slice(0, limit).map((row) => {
    draft.rows.delete(row.data.id);
    return storedJob(draft, row, now);
  });
}
