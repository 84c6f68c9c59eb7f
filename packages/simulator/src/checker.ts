import type { Answer } from "@longshore/conformance/tools";
import { type JobEvent, every } from "@longshore/core";
import type { Stats, Store } from "@longshore/core/adapter";
import type { Commit } from "./commit.ts";
import type { Extension, ExtensionObserver } from "./extension.ts";
import { watchStatistics } from "./statistics.ts";
import type { Fail, Violation } from "./invariants.ts";
import { watchExpiry } from "./expiry.ts";
import { watchFamilies } from "./families.ts";
import { watchKeys } from "./keys.ts";
import { watchLeases } from "./leases.ts";
import { watchLimits } from "./limits.ts";
import { watchDepths } from "./depth.ts";
import { watchTurns } from "./turns.ts";
import { type PlannedSchedule, watchOccurrences } from "./occurrences.ts";
import type { Process } from "./process.ts";
import { type Rows, watchRows } from "./rows.ts";
import { type Runs, watchRuns } from "./runs.ts";
import { watchEvents } from "./events.ts";
import { checkChange } from "./transitions.ts";
import type { World } from "./world.ts";

/** Sees every commit, event and start of a history, and checks each invariant as soon as possible. */
export type Checker = {
  readonly rows: Rows;
  readonly runs: Runs;
  /** The extension in this history, if there is one. */
  readonly extension: ExtensionObserver | undefined;
  readonly violation: Violation | undefined;
  readonly fail: Fail;
  committed(commit: Commit): Promise<void>;
  replied(commit: Commit): void;
  reported(process: Process, event: JobEvent): void;
  /** A client received this answer. */
  acknowledged(id: string): void;
  /** Checks everything that can only be checked at the end. */
  end(quietAt: number): Promise<void>;
  counters(): Counters;
};

/** Counted as in Jepsen's total-queue checker. */
export type Counters = {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Acknowledged, but neither run, nor ended by an operator, nor among the dead letters. */
  readonly lost: number;
  /** Run, but never enqueued. */
  readonly unexpected: number;
  /** How many times a handler returned more often than needed. */
  readonly duplicated: number;
  /** Never acknowledged, but run. */
  readonly recovered: number;
};

/** All rows are read once in this many commits; otherwise only those that a commit touched. */
const SCAN_EVERY = 32;
/** Also recomputes all statistics once in this many. */
const STATISTICS_EVERY = 8 * SCAN_EVERY;

/** More polls than this in the time below that find nothing mean that the worker does not sleep. */
const MOST_POLLS = 80;
const SPIN_MS = 5_000;

export function createChecker(
  store: Store & Partial<Stats>,
  world: World,
  storeNow: () => number,
  queues: readonly string[],
  schedules: readonly PlannedSchedule[],
  extension: Extension | undefined,
): Checker {
  const startedAt = world.now();
  let violation: Violation | undefined;
  const fail = (invariant: string, message: string): void => {
    violation ??= { invariant, message, atMs: world.now() - startedAt };
    world.stop();
  };
  const rows = watchRows(store, fail);
  const leases = watchLeases(rows, fail);
  const keys = watchKeys(rows, fail);
  const limits = watchLimits(rows, fail);
  const turns = watchTurns(rows, fail);
  const depths = watchDepths(rows, fail);
  const families = watchFamilies(rows, fail);
  const expiry = watchExpiry(fail);
  const statistics = watchStatistics(store, fail);
  const isForeign = (cursor: string): boolean => extension?.owns(cursor) === true;
  const occurrences = watchOccurrences(schedules, isForeign, fail);
  const events = watchEvents(isForeign, fail);
  const extended = extension?.observe(rows, fail);
  /** The payloads of the requested jobs by id: several, if it was replaced. */
  const attempted = new Map<string, Set<string>>();
  const acknowledged = new Set<string>();
  const ended = new Set<string>();
  const runs = watchRuns((id) => attempted.get(id), fail);
  const polls = new Map<Process, { since: number; count: number }>();
  let commits = 0;

  /** A correct worker polls when something may have changed; one that spins polls all the time. */
  const checkPolls = ({ process, answer }: Commit): void => {
    const found = (answer as Answer<"claim">).length > 0;
    const last = polls.get(process);
    if (found || last === undefined || world.now() - last.since > SPIN_MS) {
      polls.set(process, { since: world.now(), count: 0 });
    } else if (++last.count > MOST_POLLS) {
      fail("liveness", `${process.id} polled ${last.count} times within ${SPIN_MS} ms and found nothing`);
    }
  };

  const scan = async (thoroughly: boolean): Promise<void> => {
    const now = storeNow();
    await rows.scan(now);
    if (thoroughly) await statistics.scan(now);
    const refs = schedules.map(({ name, periodMs }) => ({ name, rule: every(periodMs).text }));
    const dueInMs = await store.dueInMs({ queues, schedules: refs });
    const waiting = [...rows.all.values()].filter(
      ({ ended, place, job }) => ended === undefined && place === undefined && !rows.paused.has(job.queue),
    );
    const instants = [
      ...waiting.map(({ dueAt }) => dueAt),
      ...refs.map(({ name }) => occurrences.nextAt(name) ?? Infinity),
    ];
    const sleepMs = Math.max(0, Math.min(...instants) - now);
    if ((dueInMs ?? Infinity) > sleepMs)
      fail("wakeUps", `the store says to sleep ${dueInMs} ms, but something is due in ${sleepMs}`);
  };

  return {
    rows,
    runs,
    extension: extended,
    get violation() {
      return violation;
    },
    fail,
    async committed(commit) {
      const { operation } = commit;
      const changes = await rows.commit(commit);
      for (const change of changes) {
        const { id, part, before, after } = change;
        if ((part.kind === "enqueue" || part.kind === "update") && after !== undefined) {
          attempted.set(id, (attempted.get(id) ?? new Set()).add(after.job.payload));
        }
        if (before !== undefined && (after === undefined || after.ended !== undefined)) ended.add(id);
        checkChange(change, rows, commit.now, fail);
      }
      // Before the leases, which know nothing of whose data the latest are.
      keys.commit(changes, commit.now);
      leases.commit(commit, changes);
      limits.commit(changes, commit.now);
      families.commit(changes);
      turns.commit(changes, commit);
      depths.commit(commit, changes);
      expiry.commit(changes, commit.now);
      statistics.commit(changes, commit.now);
      if (operation.verb === "declare" || operation.verb === "advance") occurrences.commit(commit);
      if (operation.verb === "claim") checkPolls(commit);
      events.committed(commit);
      extended?.commit(commit, changes);
      if (++commits % SCAN_EVERY === 0) await scan(commits % STATISTICS_EVERY === 0);
    },
    replied: (commit) => events.replied(commit),
    reported: (process, event) => events.reported(process, event),
    acknowledged: (id) => void acknowledged.add(id),
    async end(quietAt) {
      await scan(true);
      occurrences.end(quietAt, storeNow());
      events.end();
      extended?.end(quietAt);
      const lost = [...acknowledged].filter((id) => !ended.has(id) && !rows.all.has(id));
      if (lost.length > 0) fail("noLoss", `acknowledged, and lost: ${lost.join(" ")}`);
    },
    counters() {
      const ran = [...runs.returned];
      return {
        attempted: attempted.size,
        acknowledged: acknowledged.size,
        lost: [...acknowledged].filter((id) => !ended.has(id) && rows.all.get(id)?.ended === undefined).length,
        unexpected: ran.filter(([id]) => !attempted.has(id)).length,
        duplicated: ran.reduce((sum, [, times]) => sum + Math.max(0, times - 1), 0),
        recovered: ran.filter(([id, times]) => times > 0 && !acknowledged.has(id)).length,
      };
    },
  };
}
