import type { Row, Tables } from "./tables.ts";

/** A job's place among those of its queue and priority. */
export type Place = Pick<Row, "queue" | "priority" | "due" | "seq">;

/**
 * Where each line of waiting jobs begins: the first place, by queue and priority, that no lease holds. Claims start
 * reading there, past everything that is running, and when to wake up is known without reading.
 */
export type Waiting = {
  /** By queue, each by priority. There is a job at each. */
  readonly heads: ReadonlyMap<string, readonly Place[]>;
  load(): void;
  add(place: Place): void;
  /** The job at this place is no longer to be claimed. */
  leave(place: Place): void;
  /** The first jobs of a line. */
  first(head: Place, most: number): readonly Row[];
  /** The line of this head begins elsewhere, or nowhere. */
  move(head: Place, to: Place | undefined): void;
};

export function openWaiting({ sql }: Pick<Tables, "sql">, isHeld: (id: string) => boolean): Waiting {
  const heads = new Map<string, Place[]>();

  const move = ({ queue, priority }: Place, to: Place | undefined): void => {
    const line = (heads.get(queue) ?? []).filter((head) => head.priority !== priority);
    if (to !== undefined) line.push({ queue, priority, due: to.due, seq: to.seq });
    line.sort((a, b) => a.priority - b.priority);
    if (line.length > 0) heads.set(queue, line);
    else heads.delete(queue);
  };
  const headOf = ({ queue, priority }: Place): Place | undefined =>
    heads.get(queue)?.find((head) => head.priority === priority);
  const read = ({ queue, priority, due, seq }: Place, most: number): Row[] => {
    const rows: Row[] = [];
    for (let at = { due, seq }; ; ) {
      const wanted = most - rows.length;
      const page = sql<Row>(
        `SELECT * FROM longshore_jobs WHERE waiting=1 AND queue=? AND priority=? AND (due,seq)>=(?,?)
         ORDER BY due,seq LIMIT ?`,
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
    heads,
    load() {
      heads.clear();
      for (let line: Place | undefined = { queue: "", priority: 0, due: -1, seq: 0 }; line !== undefined; ) {
        const [next]: Place[] = sql<Place>(
          `SELECT queue,priority,-1 due,0 seq FROM longshore_jobs WHERE waiting=1 AND (queue,priority)>(?,?)
           ORDER BY queue,priority LIMIT 1`,
          line.queue,
          line.priority,
        );
        if (next !== undefined) move(next, read(next, 1)[0]);
        line = next;
      }
    },
    add(place) {
      const head = headOf(place);
      if (head === undefined || isBefore(place, head)) move(place, place);
    },
    leave(place) {
      const head = headOf(place);
      if (head !== undefined && !isBefore(head, place)) move(head, read(head, 1)[0]);
    },
    first: read,
    move,
  };
}

export function isBefore(a: Pick<Place, "due" | "seq">, b: Pick<Place, "due" | "seq">): boolean {
  return a.due < b.due || (a.due === b.due && a.seq < b.seq);
}
