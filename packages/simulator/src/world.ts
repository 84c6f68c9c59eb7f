import { START, promiseFlush, turn } from "@longshore/conformance/tools";

/** Virtual time: events follow each other without waiting, and chance orders those that are due at the same time. */
export type World = {
  now(): number;
  /** Calls back once, after a whole number of `ms`. Returns a function that cancels the call. */
  at(ms: number, callback: () => void): () => void;
  /** Nothing else happens before this ends: for what a store does in one operation. */
  during<T>(work: Promise<T>): Promise<T>;
  /** How many things have happened. */
  readonly steps: number;
  /** Lets everything happen that is due by then, unless it is stopped. */
  run(until: number): Promise<void>;
  stop(): void;
};

type Entry = { readonly at: number; readonly tie: number; callback: (() => void) | undefined };

export function createWorld(random: () => number): World {
  const heap: Entry[] = [];
  let now = START;
  let steps = 0;
  let stopped = false;
  let underWay = 0;
  const over = (): void => {
    underWay -= 1;
  };

  return {
    now: () => now,
    at(ms, callback) {
      const entry: Entry = { at: now + Math.ceil(Math.max(0, ms)), tie: random(), callback };
      push(heap, entry);
      return () => {
        entry.callback = undefined;
      };
    },
    during(work) {
      underWay += 1;
      work.then(over, over);
      return work;
    },
    get steps() {
      return steps;
    },
    async run(until) {
      const drained = await promiseFlush();
      for (let first = heap[0]; !stopped && first !== undefined && first.at <= until; first = heap[0]) {
        pop(heap);
        const { callback } = first;
        if (callback === undefined) continue;
        now = first.at;
        steps += 1;
        callback();
        // By now everything has happened that follows from it without waiting for something external.
        await drained();
        while (underWay > 0) await turn();
      }
      now = Math.max(now, until);
    },
    stop() {
      stopped = true;
    },
  };
}

// A binary heap of entries.

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}

function push(heap: Entry[], entry: Entry): void {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    let child = heap[below];
    const right = heap[below + 1];
    if (child !== undefined && right !== undefined && isBefore(right, child)) {
      child = right;
      below += 1;
    }
    if (child === undefined || !isBefore(child, last)) break;
    heap[place] = child;
    place = below;
  }
  heap[place] = last;
}
