import type { JobState } from "@longshore/core";
import { type End, LEASE_MS, type Signature } from "./jobs.ts";
import type { Entry } from "./note.ts";

/** A row of the store, after the end. */
export type Row = {
  readonly id: string;
  readonly state: JobState;
  readonly attempt: number;
  /** Of the run whose result the store accepted. */
  readonly result: Signature | undefined;
};

/** One entry into a handler. */
type Execution = {
  readonly at: number;
  readonly attempt: number;
  readonly token: number;
  readonly by: string;
  readonly fails: boolean;
  readonly ageMs?: number | undefined;
};

/** What the ledger tells of one id. */
export type Story = {
  readonly id: string;
  /** Undefined: nobody ever asked for it. */
  end: End | undefined;
  acknowledged: boolean;
  readonly executions: Execution[];
  /** How many runs came to their end without a failure, where that is noted. */
  finished: number;
  /** How many runs the store told that theirs is the job's end. */
  accepted: number;
};

/** The counters of a total queue (as Jepsen's checker of that name counts them), and what else was counted. */
export type Counters = {
  /** Ids that somebody asked for: sent, due by the schedule, or wanted by a parent that completed. */
  readonly attempted: number;
  /** Of those, how many the store has answered for. */
  readonly acknowledged: number;
  /** Acknowledged, but neither executed nor among the dead letters. */
  readonly lost: number;
  /** Executed, though nobody asked for it. */
  readonly unexpected: number;
  /** Executions beyond the first of an id; those that failed as they should are not counted. */
  readonly duplicated: number;
  /** Never acknowledged, and yet executed or among the dead letters. */
  readonly recovered: number;
  readonly executed: number;
  readonly completed: number;
  readonly dead: number;
};

/** What must not have happened: ids by what is wrong with them. */
export type Problems = {
  readonly lost: readonly string[];
  readonly unexpected: readonly string[];
  /** Rows that have not come to an end. */
  readonly unfinished: readonly string[];
  /** Rows that ended otherwise than they should. */
  readonly wrongEnd: readonly string[];
  /** Acknowledged or executed, but of which the store knows nothing, though it should keep the row for a day. */
  readonly missing: readonly string[];
  /** Rows for which nobody asked. */
  readonly stray: readonly string[];
  /** Completed with the result of a run that was not the newest: its token was stale, or nobody's. */
  readonly stale: readonly string[];
  /** More than one run was told that its end is the job's. */
  readonly acceptedTwice: readonly string[];
  /** Claimed while the lease of another claim still held, by the store's own clock. */
  readonly leasedTwice: readonly string[];
};

export type Audit = { readonly counters: Counters; readonly problems: Problems };

/** The ledger by ids. */
export function storiesOf(entries: readonly Entry[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  const story = (id: string): Story => {
    const known = stories.get(id);
    if (known !== undefined) return known;
    const made: Story = { id, end: undefined, acknowledged: false, executions: [], finished: 0, accepted: 0 };
    stories.set(id, made);
    return made;
  };
  for (const entry of entries) {
    switch (entry.type) {
      case "attempted":
        story(entry.id).end = entry.end;
        break;
      case "acknowledged":
        story(entry.id).acknowledged = true;
        break;
      case "executed":
        story(entry.id).executions.push(entry);
        break;
      case "finished":
        story(entry.id).finished++;
        break;
      case "accepted":
        story(entry.id).accepted++;
        break;
      case "killed":
      case "restarted":
        break;
      default:
        entry satisfies never;
    }
  }
  return stories;
}

/** Compares what the ledger tells with what the store keeps. */
export function audit(entries: readonly Entry[], rows: readonly Row[]): Audit {
  const stories = storiesOf(entries);
  const all = [...stories.values()];
  const kept = new Map(rows.map((row) => [row.id, row]));
  const isDead = ({ id }: Story): boolean => kept.get(id)?.state === "dead";
  const ran = (story: Story): boolean => story.executions.length > 0;
  const idsOf = (wrong: (story: Story) => boolean): string[] => all.filter(wrong).map(({ id }) => id);
  const rowsThat = (wrong: (row: Row) => boolean): string[] => rows.filter(wrong).map(({ id }) => id);

  const problems: Problems = {
    lost: idsOf((story) => story.acknowledged && !ran(story) && !isDead(story)),
    unexpected: idsOf((story) => story.end === undefined && ran(story)),
    unfinished: rowsThat(({ state }) => !ENDS.has(state)),
    wrongEnd: rowsThat(({ id, state }) => ENDS.has(state) && state !== (stories.get(id)?.end ?? state)),
    missing: idsOf((story) => story.end !== "gone" && (story.acknowledged || ran(story)) && !kept.has(story.id)),
    stray: rowsThat(({ id }) => stories.get(id)?.end === undefined),
    stale: rowsThat((row) => row.state === "completed" && !isNewest(row, stories.get(row.id))),
    acceptedTwice: idsOf(({ accepted }) => accepted > 1),
    leasedTwice: idsOf(isLeasedTwice),
  };
  const asked = all.filter(({ end }) => end !== undefined);
  const counters: Counters = {
    attempted: asked.length,
    acknowledged: asked.filter(({ acknowledged }) => acknowledged).length,
    lost: problems.lost.length,
    unexpected: problems.unexpected.length,
    duplicated: sum(all.map((story) => Math.max(0, story.executions.filter(({ fails }) => !fails).length - 1))),
    recovered: asked.filter((story) => !story.acknowledged && (ran(story) || isDead(story))).length,
    executed: sum(all.map(({ executions }) => executions.length)),
    completed: rows.filter(({ state }) => state === "completed").length,
    dead: rows.filter(({ state }) => state === "dead").length,
  };
  return { counters, problems };
}

const ENDS: ReadonlySet<JobState> = new Set<JobState>(["completed", "dead", "cancelled"]);

/** Tokens grow with every claim, and nothing is claimed once it is completed: the accepted run is the newest. */
function isNewest({ attempt, result }: Row, story: Story | undefined): boolean {
  const newest = story?.executions.toSorted((a, b) => b.token - a.token)[0];
  return (
    newest !== undefined &&
    newest.token === result?.token &&
    newest.attempt === result.attempt &&
    attempt === newest.attempt
  );
}

/** Only a failure ends a lease before its time; a renewal makes it longer. */
function isLeasedTwice({ executions }: Story): boolean {
  const claims = executions.toSorted((a, b) => a.token - b.token);
  return claims.some(({ ageMs, fails }, i) => {
    const next = claims[i + 1]?.ageMs;
    return !fails && ageMs !== undefined && next !== undefined && next - ageMs < LEASE_MS;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
