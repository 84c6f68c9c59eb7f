import { stateAt } from "@longshore/conformance/tools";
import type { JobRef, JobState, NewJob, QueueCounts, Store, StoredJob } from "@longshore/core/adapter";
import { type Commit, type Part, partsOf, refOf } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import { type RowHistory, type ObservedRow, facts, isChildOf, isExpired, isSame, observedRow } from "./observed-row.ts";

/** What a commit did to one row. */
export type Change = {
  readonly part: Part;
  readonly id: string;
  readonly before: ObservedRow | undefined;
  readonly after: ObservedRow | undefined;
  readonly from: JobState | "gone";
  readonly to: JobState | "gone";
  /** Whether the call names this job only once, so that this part of it made the change. */
  readonly alone: boolean;
};

/** Every row that should exist, as the store last showed it; checked against the store after every commit. */
export type Rows = {
  /** Including rows that have expired since. */
  readonly all: ReadonlyMap<string, ObservedRow>;
  readonly paused: ReadonlySet<string>;
  /** Whether jobs that come after it have not ended. */
  isNeeded(row: ObservedRow): boolean;
  /** Reads the rows that a commit touched, and those that it may have freed. Returns the changes of the first. */
  commit(commit: Commit): Promise<readonly Change[]>;
  /** Reads all rows, and checks that none changed without a commit. */
  scan(now: number): Promise<void>;
};

const PAGE = 1_000;

export function watchRows(store: Store, fail: Fail): Rows {
  const all = new Map<string, ObservedRow>();
  const paused = new Set<string>();

  let serials = 0;
  /** The first history of a row, if this part creates one. Its parents stand, or come before it in its call. */
  const born = (part: Part): RowHistory | undefined => {
    if (part.kind !== "enqueue") return undefined;
    const { job } = part;
    const parents = (job.after?.jobs ?? []).flatMap(({ id }) => {
      const serial = all.get(id)?.serial;
      return serial === undefined ? [] : [{ id, serial }];
    });
    const fresh = { token: 0, settledBy: 0, givenBack: false, heldUntil: 0, isUpdated: false };
    return { ...fresh, job, from: job.id, serial: ++serials, parents };
  };
  const isNeeded = (row: ObservedRow): boolean =>
    [...all.values()].some((child) => child.ended === undefined && isChildOf(child, row));
  /** No verb sees a row past its retention, unless jobs that come after it have not ended. */
  const isOver = (row: ObservedRow, now: number): boolean => isExpired(row, now) && !isNeeded(row);
  /** A parent that nobody needed at a moment past its retention is gone, whatever begins again later. */
  const forgetParents = (now: number): void => {
    const parents = new Set([...all.values()].flatMap(({ parents }) => parents.map(({ serial }) => serial)));
    for (const [id, row] of all) if (parents.has(row.serial) && isOver(row, now)) all.delete(id);
  };
  /** The latest time of the store's clock. */
  let latest = 0;
  /**
   * The row that a call found. Expired rows are not found. A row that had expired before the clock was set back may
   * have been removed or not; the answer tells.
   */
  const met = (part: Part, stored: StoredJob | undefined, now: number): ObservedRow | undefined => {
    const seen = all.get(refOf(part).id);
    if (seen === undefined || !isOver(seen, latest)) return seen;
    return !isOver(seen, now) && foundOne(part, stored) ? seen : undefined;
  };
  const stateOf = (seen: ObservedRow | undefined, now: number): JobState | "gone" =>
    seen === undefined ? "gone" : stateAt(seen, now);

  const change = (part: Part, before: ObservedRow | undefined, stored: StoredJob | undefined, now: number): Change => {
    const { id } = refOf(part);
    const known = before ?? born(part);
    if (stored !== undefined && known === undefined) fail("noInvention", `there is a row ${id} that nobody enqueued`);
    const after =
      stored === undefined || known === undefined ? undefined : moved(part, observedRow(stored, known), before);
    if (after === undefined) all.delete(id);
    else all.set(id, after);
    const from = stateOf(before, now);
    const to = stored?.state ?? "gone";
    if (after !== undefined && to !== stateOf(after, now)) {
      fail("transitions", `${id} is said to be ${to}, but by its facts it is ${stateOf(after, now)}`);
    }
    return { part, id, before, after, from, to, alone: true };
  };

  const list = async (request: { readonly state?: "dead" }): Promise<StoredJob[]> => {
    const jobs: StoredJob[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ ...request, limit: PAGE, cursor });
      jobs.push(...page.jobs);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return jobs;
  };

  /**
   * A job changes without a call that names it only if another one lets it start, or takes the place of its limit; or if one
   * that it comes after buries it, or begins again.
   */
  const free = async (touched: readonly JobRef[]): Promise<void> => {
    const named = new Set(touched.map(({ id }) => id));
    const gated = [...all.values()].filter(
      ({ place, job, ended, leased, row }) =>
        (place !== undefined || isBuried(ended, job) || (job.limits !== undefined && ended === undefined && !leased)) &&
        !named.has(row.id),
    );
    if (gated.length === 0) return;
    const stored = await store.get(gated.map(({ row: { id, partition } }) => ({ id, partition })));
    gated.forEach((seen, i) => {
      const is = stored[i] && observedRow(stored[i], seen);
      if (is === undefined || is.leased) return;
      if (seen.job.after !== undefined) all.set(seen.row.id, is);
      else if (is.ended === undefined && (is.place === undefined || seen.job.limits !== undefined))
        all.set(seen.row.id, is);
    });
  };

  const isBuried = (ended: ObservedRow["ended"], { after }: NewJob): boolean => ended === "dead" && after !== undefined;

  return {
    all,
    paused,
    isNeeded,
    async commit(commit) {
      latest = Math.max(latest, commit.now);
      forgetParents(commit.now);
      const { verb, input } = commit.operation;
      if (verb === "pause") paused.add(input[0]);
      if (verb === "resume") paused.delete(input[0]);
      const parts = partsOf(commit);
      if (parts.length === 0) {
        if (verb === "claim") await free([]);
        return [];
      }
      const refs = parts.map((part): JobRef => ({ id: refOf(part).id, partition: refOf(part).partition }));
      const stored = await store.get(refs);
      const changes = parts.map((part, i) => change(part, met(part, stored[i], commit.now), stored[i], commit.now));
      await free(refs);
      const alone = (id: string): boolean => changes.length === 1 || refs.filter((ref) => ref.id === id).length === 1;
      return changes.map((one) => (alone(one.id) ? one : { ...one, alone: false }));
    },
    async scan(now) {
      latest = Math.max(latest, now);
      const found = new Map<string, ObservedRow>();
      for (const row of await list({})) {
        const { id } = row;
        const seen = all.get(id);
        if (seen === undefined || isOver(seen, now)) {
          fail("noInvention", `there is a row ${id}, ${row.state}, that should not be there`);
        } else {
          found.set(id, seen);
          compare(seen, row, now, fail);
        }
      }
      for (const [id, seen] of all) {
        if (!found.has(id) && !isOver(seen, latest)) fail("noLoss", `the row of ${id} is gone, and nobody removed it`);
      }
      checkCounts(await store.counts(), found.values(), now, fail);
      const dead = (await list({ state: "dead" })).map(({ id }) => id).sort();
      const shouldBe = [...all.values()]
        .filter(({ ended }) => ended === "dead")
        .map(({ row }) => row.id)
        .sort();
      if (dead.join() !== shouldBe.join())
        fail("deadLetters", `the dead letters are ${shouldBe.join(" ")}, but the list has ${dead.join(" ")}`);
    },
  };
}

/** Whether the answer says that there was a row with this id. */
function foundOne(part: Part, stored: StoredJob | undefined): boolean {
  switch (part.kind) {
    case "enqueue":
      return part.answer?.status === "duplicate";
    case "settle":
      return part.answer !== "gone";
    case "expire":
      return true;
    case "claim":
    case "renew":
    case "prune":
      return stored !== undefined;
    default:
      return part.answer?.status !== "gone";
  }
}

/** Whether an enqueue gave its data to this job, which waited. A repeated one finds them there. */
export function isReplaced({ job, answer }: Part & { readonly kind: "enqueue" }, before: ObservedRow): boolean {
  return (answer?.status === "replaced" || answer?.status === "queued_behind") && before.from !== job.id;
}

/** Updates what only answers tell of a row: its newest token, the one that settled it and how, a cancelled lease. */
function moved(part: Part, seen: ObservedRow, before: ObservedRow | undefined): ObservedRow {
  switch (part.kind) {
    case "enqueue": {
      if (before === undefined || !isReplaced(part, before)) return seen;
      const { id, partition } = before.job;
      return { ...seen, job: { ...part.job, id, partition }, givenBack: false, from: part.job.id };
    }
    case "claim":
      return { ...seen, token: part.job.token };
    case "settle": {
      const { token, outcome } = part.settlement;
      return part.answer === "accepted" ? { ...seen, settledBy: token, givenBack: outcome.type === "snooze" } : seen;
    }
    case "cancel":
      return part.answer?.status === "done" && before?.leased ? { ...seen, heldUntil: before.dueAt } : seen;
    case "update": {
      if (part.answer?.status !== "done") return seen;
      const { data, priority = seen.job.priority } = part.change;
      return { ...seen, job: { ...seen.job, ...data, priority }, isUpdated: true };
    }
    case "replay":
      return { ...seen, heldUntil: seen.ended === undefined ? 0 : seen.heldUntil };
    default:
      return seen;
  }
}

function checkCounts(counted: readonly QueueCounts[], seen: Iterable<ObservedRow>, now: number, fail: Fail): void {
  const wanted = new Map<string, number>();
  for (const one of seen) {
    const place = `${one.job.queue} ${stateAt(one, now)}`;
    wanted.set(place, (wanted.get(place) ?? 0) + 1);
  }
  for (const { queue, counts } of counted) {
    for (const [state, count] of Object.entries(counts)) {
      const place = `${queue} ${state}`;
      if (count !== (wanted.get(place) ?? 0))
        fail("noLoss", `there are ${wanted.get(place) ?? 0} ${place}, and the store counts ${count}`);
      wanted.delete(place);
    }
  }
  for (const [place, count] of wanted) fail("noLoss", `there are ${count} ${place}, and the store counts none`);
}

function compare(seen: ObservedRow, row: StoredJob, now: number, fail: Fail): void {
  const { id, payload } = seen.job;
  if (row.payload !== payload) fail("integrity", `the payload of ${id} changed`);
  const state = stateAt(seen, now);
  const is = observedRow(row, seen);
  if (isSame(seen, is) && row.state === state) return;
  const invariant = seen.ended === undefined ? "transitions" : "terminalStates";
  fail(invariant, `${id} changed, and nobody touched it: from ${state}, ${facts(seen)} to ${row.state}, ${facts(is)}`);
}
