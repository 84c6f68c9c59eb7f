import type { ScheduleRef, ScheduleRow } from "@longshore/core/adapter";
import type { Tables } from "./tables.ts";

/** A schedule's cursor as it is stored; another one whenever it changes. */
export type Cursor = ScheduleRef &
  ScheduleRow & {
    /** Since when ticks that did not fail have left it due: no code that runs declares it. */
    readonly leftAt?: number | undefined;
    /** The number of the latest call that declared it, in this life of the object. */
    declared: number;
  };

/** All cursors, in memory; each is a row of its own, so that a tick writes what it moves. */
export type Cursors = {
  all(): Iterable<Cursor>;
  /** One of them is a schedule's: evaluators of alerts keep cursors, too, which have no rule and are nobody's to tick. */
  scheduled(): boolean;
  get(ref: ScheduleRef): Cursor | undefined;
  load(): void;
  save(cursor: Cursor): Cursor;
  forget(cursor: Cursor): void;
  /** Another number whenever one was saved, forgotten or read anew. */
  readonly version: number;
  /** Of the latest call that declared schedules. */
  declaration: number;
};

/** Behind all other ids, so that to read them is to read nothing else. */
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
