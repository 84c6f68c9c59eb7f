import type { ScheduleRef, ScheduleRow } from "@longshore/core/adapter";
import type { Tables } from "./tables.ts";

/** A schedule's cursor as stored; a new object for every change. */
export type Cursor = ScheduleRef &
  ScheduleRow & {
    /** Since when successful ticks leave it due: no running code declares it. */
    readonly leftAt?: number | undefined;
    /** The number of the latest call that declared it during this life of the object. */
    declared: number;
  };

/** All cursors, in memory. Each has its own row, so that a tick writes only what it moves. */
export type Cursors = {
  all(): Iterable<Cursor>;
  /** Whether any schedule has a cursor. Alert evaluators keep cursors, too, which have no rule and are never ticked. */
  scheduled(): boolean;
  get(ref: ScheduleRef): Cursor | undefined;
  load(): void;
  save(cursor: Cursor): Cursor;
  forget(cursor: Cursor): void;
  /** Changes whenever a cursor is saved, forgotten or loaded. */
  readonly version: number;
  /** The number of the latest call that declared schedules. */
  declaration: number;
};

/** Sorts after all other ids, so that reading the cursors reads nothing else. */
const PREFIX = "~schedule:";
type Stored = readonly [cursor: number, nextAt: number | null, leftAt: number | null];

export function openCursors({
  setMeta,
  deleteMeta,
  metaFrom,
}: Pick<Tables, "setMeta" | "deleteMeta" | "metaFrom">): Cursors {
  const cursors = new Map<string, Cursor>();
  const keyOf = ({ name, rule }: ScheduleRef): string => PREFIX + JSON.stringify([name, rule]);
  const opened: Cursors & { version: number } = {
    version: 0,
    declaration: 0,
    all: () => cursors.values(),
    scheduled: () => [...cursors.values()].some(({ rule }) => rule !== ""),
    get: (ref) => cursors.get(keyOf(ref)),
    load() {
      opened.version++;
      cursors.clear();
      for (const { id, value } of metaFrom<Stored>(PREFIX)) {
        const [name, rule] = JSON.parse(id.slice(PREFIX.length));
        const [cursor, nextAt, leftAt] = value;
        cursors.set(id, { name, rule, cursor, nextAt: nextAt ?? undefined, leftAt: leftAt ?? undefined, declared: 0 });
      }
    },
    save(cursor) {
      opened.version++;
      cursors.set(keyOf(cursor), cursor);
      setMeta(keyOf(cursor), [cursor.cursor, cursor.nextAt ?? null, cursor.leftAt ?? null] satisfies Stored);
      return cursor;
    },
    forget(cursor) {
      opened.version++;
      cursors.delete(keyOf(cursor));
      deleteMeta(keyOf(cursor));
    },
  };
  return opened;
}
