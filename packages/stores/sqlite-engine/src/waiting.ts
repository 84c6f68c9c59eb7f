import { type Heap, type HeapItem, createHeap } from "@longshore/core/adapter";
import { type DueOrder, type Position, byPriority } from "./position.ts";
import type { Row, WaitingRow } from "./row.ts";
import type { Tables } from "./tables.ts";
import { type Fairness, createFairness } from "./fairness.ts";

/** A waiting job without its long columns. */
type WaitingJob = Position & Pick<Row, "id">;

/**
 * The head of each line of waiting jobs, by queue and priority: its first job without a lease. Claims start reading
 * there, past all running jobs, and the next wake-up is known without reading. Only `load` and `queues` look at all
 * queues, however many there are.
 */
export type Waiting = {
  load(): void;
  add(position: Position): void;
  /** The job at this position can no longer be claimed. */
  leave(position: Position): void;
  /** The heads of a queue's lines, by priority. Each has a job. */
  heads(queue: string): readonly Position[];
  /** The jobs of a line from this position on. */
  from(position: Position, most: number): readonly WaitingRow[];
  /** The line of this head begins elsewhere, or is empty (undefined). */
  move(head: Position, to: DueOrder | undefined): void;
  /** When a claim would find something in a queue, paused or not. */
  dueAt(queue: string): number;
  /** The queues with waiting jobs. */
  queues(): ReadonlyMap<string, unknown>;
  /** At most `most` queues with due jobs for which `may` is true, the one that has waited longest for a place first. */
  next(most: number, now: number, may: (queue: string) => boolean): readonly string[];
  /** The earliest due time among queues without due jobs. */
  laterAt(now: number): number;
  /** Notes that a job of this queue got a place. */
  served(queue: string, now: number): void;
  since: Fairness["since"];
  /** Notes that the queue was paused or resumed. */
  changed(queue: string): void;
};

/** `key`: when its first job becomes due, or since when it waits for a place. In one heap, or in none while paused. */
type Queue = HeapItem & {
  readonly name: string;
  seq: number;
  /** By priority. */
  readonly heads: (Position | undefined)[];
  due: number;
  heap: Heap<Queue> | undefined;
};

// One walk for all lines: it finds the first job of each in the index.
const HEADS = `WITH RECURSIVE line(id) AS (SELECT (SELECT id FROM longshore_jobs WHERE waiting=1 ORDER BY queue,priority,due,seq LIMIT 1) UNION ALL SELECT (SELECT id FROM longshore_jobs WHERE waiting=1 AND (queue,priority,due)>(a.queue,a.priority,9e999) ORDER BY queue,priority,due,seq LIMIT 1) FROM line JOIN longshore_jobs a USING(id)) SELECT id,queue,priority,due,seq FROM line JOIN longshore_jobs USING(id)`;

/** The columns of `WaitingJob` and of `WaitingRow`. */
const JOB = "id,queue,priority,due,seq";
const ROW = `${JOB},attempt,born,keep,about,snoozed,payload`;

export function openWaiting(
  { sql, small }: Pick<Tables, "sql" | "small">,
  isHeld: (id: string) => boolean,
  isPaused: (queue: string) => boolean,
): Waiting {
  const queues = new Map<string, Queue>();
  const later = createHeap<Queue>();
  const due = createHeap<Queue>();
  const fairness = createFairness();

  const moveTo = (queue: Queue, heap?: Heap<Queue>): void => {
    queue.heap?.remove(queue);
    queue.heap = heap;
    if (heap === undefined) return;
    if (heap === later) queue.key = queue.due;
    else Object.assign(queue, fairness.since(queue.name, queue.due));
    heap.push(queue);
  };
  /** Updates a queue after a change of its heads. */
  const look = (queue: Queue): void => {
    const first = queue.heads.reduce((least, head) => Math.min(least, head?.due ?? Infinity), Infinity);
    if (first === Infinity) queues.delete(queue.name);
    else if (first === queue.due) return;
    queue.due = first;
    moveTo(queue, first === Infinity || isPaused(queue.name) ? undefined : later);
  };
  const headOf = ({ queue, priority }: Position): Position | undefined => queues.get(queue)?.heads[priority];
  const move = ({ queue: name, priority }: Position, to: DueOrder | undefined): void => {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = { name, heads: [], due: Infinity, key: 0, seq: 0, place: 0, heap: undefined };
      queues.set(name, queue);
    }
    queue.heads[priority] = to && { queue: name, priority, due: to.due, seq: to.seq };
    look(queue);
  };
  /** Of rows of their own. */
  const readApart = <T extends WaitingJob>(
    columns: string,
    { queue, priority, due: from, seq }: Position,
    most: number,
  ): T[] => {
    const rows: T[] = [];
    // Twice as many each time, for there may be thousands of held ones.
    for (let at = { due: from, seq }, wanted = most; ; wanted *= 2) {
      const page = sql<T>(
        `SELECT ${columns} FROM longshore_jobs WHERE waiting=1 AND queue=? AND priority=? AND (due,seq)>=(?,?) ORDER BY due,seq LIMIT ?`,
        queue,
        priority,
        at.due,
        at.seq,
        wanted,
      );
      rows.push(...page.filter(({ id }) => !isHeld(id)));
      const last = page.at(-1);
      if (last === undefined || page.length < wanted || rows.length >= most) return rows.slice(0, most);
      at = { due: last.due, seq: last.seq + 1 };
    }
  };
  const read = <T extends WaitingJob>(columns: string, from: Position, most: number): (T | Row)[] => {
    const rows = readApart<T>(columns, from, most);
    const others = small.waitingFrom(from).filter(({ id }) => !isHeld(id));
    return others.length === 0 ? rows : [...rows, ...others].sort(byPriority).slice(0, most);
  };
  const first = (position: Position): WaitingJob | undefined => read<WaitingJob>(JOB, position, 1)[0];
  const add = (position: Position): void => {
    const head = headOf(position);
    if (head === undefined || byPriority(position, head) < 0) move(position, position);
  };
  /** Moves queues that have become due to the heap of due ones. */
  const pass = (now: number): void => {
    for (let first = later.first(); first !== undefined && first.due <= now; first = later.first()) moveTo(first, due);
  };

  return {
    load() {
      for (const queue of queues.values()) moveTo(queue);
      queues.clear();
      for (const head of sql<WaitingJob>(HEADS)) move(head, isHeld(head.id) ? first(head) : head);
      for (const row of small.all()) if (row.waiting === 1 && !isHeld(row.id)) add(row);
    },
    add,
    leave(position) {
      const head = headOf(position);
      if (head !== undefined && byPriority(head, position) >= 0) move(head, first(head));
    },
    // Unused priorities leave holes.
    heads: (queue) => (queues.get(queue)?.heads ?? []).filter((head) => head !== undefined),
    from: (position, most) => read<WaitingRow>(ROW, position, most),
    move,
    dueAt: (queue) => queues.get(queue)?.due ?? Infinity,
    queues: () => queues,
    next(most, now, may) {
      pass(now);
      const found: string[] = [];
      const seen: Queue[] = [];
      for (let queue = due.first(); queue !== undefined && found.length < most; queue = due.first()) {
        // The clock may have gone back, so that the queue is not due.
        const early = queue.due > now;
        moveTo(queue, early ? later : undefined);
        if (early) continue;
        seen.push(queue);
        if (may(queue.name)) found.push(queue.name);
      }
      for (const queue of seen) moveTo(queue, due);
      return found;
    },
    laterAt(now) {
      pass(now);
      return later.first()?.key ?? Infinity;
    },
    served(name, now) {
      fairness.served(name, now);
      const queue = queues.get(name);
      if (queue?.heap === due) moveTo(queue, due);
    },
    since: fairness.since,
    changed(name) {
      const queue = queues.get(name);
      if (queue !== undefined) moveTo(queue, isPaused(name) ? undefined : later);
    },
  };
}
