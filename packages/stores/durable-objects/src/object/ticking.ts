import type { Cursor, StoreState } from "@longshore/sqlite-engine";

/** Makes the runner check all schedules and prune, or check only the schedules of these names. */
type Tick = (only?: readonly string[]) => Promise<unknown>;

/** Decides when the runner checks schedules. All times are the store's. */
export type Ticking = {
  /** The code may know other schedules now: check all of them soon. */
  requestAll(): void;
  /** Ticks if it is time. Returns when to look again. `started`: whether jobs were started just now. */
  look(tick: Tick, started: boolean, now: number): number;
};

/** Schedules that a tick leaves due are tried again after a minute. The delay then doubles, up to `MOST_MS`. */
const AGAIN_MS = 60_000;
const MOST_MS = 15 * 60_000;
/** The time between ticks while schedules are known: a deploy may have brought others. */
const EVERY_MS = 15 * 60_000;
/** The time between ticks if there are only jobs: dead letters need pruning. */
const PRUNE_EVERY_MS = 3_600_000;
/** A cursor that nobody declares for this long is forgotten. */
const FORGOTTEN_MS = 86_400_000;

/**
 * Ticks check all schedules of the runner's code when this life of the object begins (a deploy ends the one before),
 * when a watchdog asks, and every quarter of an hour while some are known. In between they check only due schedules. A
 * schedule that is still due after a tick has failed, or only another version of the code declares it, which may run
 * beside this one. It is tried again, less and less often, and forgotten after a day if nobody declares it.
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
  /** Schedules the next try of everything due, before this tick's result is known. */
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
        // While no schedule is known, nothing else would try again.
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
