import type { Row, Tables } from "./tables.ts";

/** When something may be claimed, and its turn among those that are due alike. */
export type Turn = Pick<Row, "due" | "seq">;
/** A job's place among those of its queue and priority. */
export type Place = Turn & Pick<Row, "queue" | "priority">;

/** A waiting job without what may be long of it. */
type Waiter = Place & Pick<Row, "id" | "attempt">;

/**
 * Where each line of waiting jobs begins: the first place, by queue and priority, that no lease holds. Claims start
 * reading there, past everything that is running, and when to wake up is known without reading.
 */
export type Waiting = {
  /** There is a job at each. */
  heads(): readonly Place[];
  load(): void;
  add(place: Place): void;
  /** The job at this place is no longer to be claimed. */
  leave(place: Place): void;
  /** The first jobs of a line. */
  first(head: Place, most: number): readonly Waiter[];
  /** The line of this head begins elsewhere, or is no more. */
  move(head: Place, to: Turn | undefined): void;
};

export function openWaiting({ sql }: Pick<Tables, "sql">, isHeld: (id: string) => boolean): Waiting {
  const heads = new Map<string, Place>();

  const lineOf = ({ queue, priority }: Place): string => priority + queue;
  const move = (head: Place, to: Turn | undefined): void => {
    const { queue, priority } = head;
    if (to === undefined) heads.delete(lineOf(head));
    else heads.set(lineOf(head), { queue, priority, due: to.due, seq: to.seq });
  };
  const read = ({ queue, priority, due, seq }: Place, most: number): Waiter[] => {
    const rows: Waiter[] = [];
    for (let at = { due, seq }; ;) {
      const wanted = most - rows.length;
      const page = sql<Waiter>(
        "SELECT id,queue,priority,due,seq,attempt FROM longshore_jobs WHERE waiting=1 AND queue=? AND priority=? AND (due,seq)>=(?,?) ORDER BY due,seq LIMIT ?",
        queue,
        priority,
        at.due,
        at.seq,
        wanted,
      );
      rows.push(...page.filter(({ id }) => !isHeld(id)));
      const last = page.at(-1);
      if (last === undefined || page.length < wanted || rows.length === most) return rows;
      at = { due: last.due, seq: last.seq + 1 };
    }
  };

  return {
    heads: () => [...heads.values()],
    load() {
      heads.clear();
      for (let line: Place | undefined = { queue: "", priority: 0, due: -1, seq: 0 }; line !== undefined;) {
        // Compared with two columns alone, the index would be read from the line's first job to its last.
        [line] = sql<Place>(
          "SELECT queue,priority,-1 due,0 seq FROM longshore_jobs WHERE waiting=1 AND (queue,priority,due)>(?,?,9e999) ORDER BY queue,priority LIMIT 1",
          line.queue,
          line.priority,
        );
        if (line !== undefined) move(line, read(line, 1)[0]);
      }
    },
    add(place) {
      const head = heads.get(lineOf(place));
      if (head === undefined || byPriority(place, head) < 0) move(place, place);
    },
    leave(place) {
      const head = heads.get(lineOf(place));
      if (head !== undefined && byPriority(head, place) >= 0) move(head, read(head, 1)[0]);
    },
    first: read,
    move,
  };
}

/** Who comes first. */
export function byPriority(a: Turn & Pick<Row, "priority">, b: Turn & Pick<Row, "priority">): number {
  return a.priority - b.priority || a.due - b.due || a.seq - b.seq;
}
