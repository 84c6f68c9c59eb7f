import type { StoreState } from "../store/state.ts";
import type { Cursor } from "../store/cursors.ts";

/** Has the runner look at all schedules and prune, or at those of these names alone. */
type Tick = (only?: readonly string[]) => Promise<unknown>;

/** When the runner is asked to look at schedules. All instants are the store's. */
export type Ticking = {
  /** Somebody is there who may know other schedules: look at all of them soon. */
  requestAll(): void;
  /** Ticks where it is time to; answers when to look again. `started`: jobs were, just now. */
  look(tick: Tick, started: boolean, now: number): number;
};

/** What a tick left due is tried again after a minute, and then after twice as long each time, up to the most. */
const AGAIN_MS = 60_000;
const MOST_MS = 15 * 60_000;
/** While schedules are known: another version of the code, which knows others, may have been deployed. */
const EVERY_MS = 15 * 60_000;
/** Where there are only jobs: dead letters grow old. */
const PRUNE_EVERY_MS = 3_600_000;
/** A cursor that nobody declares for so long is forgotten. */
const FORGOTTEN_MS = 86_400_000;

/**
 * A tick looks at all schedules of the runner's code when this life of the object begins (a deploy ends the one
 * before), when a watchdog asks for it, and every quarter of an hour while some are known; in between only at those
 * that are due. What a tick leaves due is either declared and failed, or known to another version of the code alone,
 * which may run beside this one: it is tried again, more and more rarely, and forgotten after a day of the latter.
 */
export function createTicking(
  { cursors, atomic, options }: StoreState,
  background: (work: Promise<unknown>) => void,
): Ticking {
  const tries = new WeakMap<Cursor, { readonly at: number; readonly afterMs: number }>();
  let tickedAt = options.clock();
  let wantedAt = Infinity;
  let failures = 0;
  let seen = { version: -1, first: Infinity, known: false };

  const dueAt = (cursor: Cursor): number => Math.max(cursor.nextAt ?? Infinity, tries.get(cursor)?.at ?? -Infinity);
  const survey = (): void => {
    seen = { version: cursors.version, first: Infinity, known: cursors.scheduled() };
    for (const cursor of cursors.all()) seen.first = Math.min(seen.first, dueAt(cursor));
  };
  /** Once for all that this tick is about, whatever becomes of it. */
  const begin = (now: number): Cursor[] => {
    const due = [...cursors.all()].filter((cursor) => dueAt(cursor) <= now);
    for (const cursor of due) {
      const afterMs = Math.min(2 * (tries.get(cursor)?.afterMs ?? AGAIN_MS / 2), MOST_MS);
      tries.set(cursor, { at: now + afterMs, afterMs });
    }
    seen.version = -1;
    return due;
  };
  const end = (due: readonly Cursor[], declaration: number): void =>
    atomic.write((now) => {
      for (const cursor of due) {
        if (cursors.get(cursor) !== cursor || cursor.declared > declaration) continue;
        const { leftAt = now } = cursor;
        if (now - leftAt >= FORGOTTEN_MS) cursors.forget(cursor);
        else if (cursor.leftAt === undefined) {
          const left = cursors.save({ ...cursor, leftAt });
          tries.set(left, tries.get(cursor) ?? { at: now, afterMs: AGAIN_MS });
        }
      }
    });
  const tickAll = (tick: Tick, now: number): void => {
    const due = begin(now);
    const { declaration } = cursors;
    tickedAt = now;
    wantedAt = Infinity;
    const ended = tick().then(
      () => {
        failures = 0;
        end(due, declaration);
      },
      (error: unknown) => {
        // Where no schedule is known yet, nothing else would look again.
        wantedAt = Math.min(wantedAt, now + Math.min(AGAIN_MS * 2 ** failures++, MOST_MS));
        throw error;
      },
    );
    background(ended);
  };
  const tickDue = (tick: Tick, now: number): void => {
    const due = begin(now);
    const { declaration } = cursors;
    background(tick([...new Set(due.map(({ name }) => name))]).then(() => end(due, declaration)));
  };

  return {
    requestAll() {
      wantedAt = -Infinity;
    },
    look(tick, started, now) {
      atomic.read(() => seen.version === cursors.version || survey());
      const all = now >= wantedAt || (seen.known && now - tickedAt >= EVERY_MS);
      if (all || (started && now - tickedAt >= PRUNE_EVERY_MS)) tickAll(tick, now);
      else if (seen.first <= now) tickDue(tick, now);
      if (seen.version !== cursors.version) survey();
      return Math.min(seen.first, wantedAt, seen.known ? tickedAt + EVERY_MS : Infinity);
    },
  };
}
