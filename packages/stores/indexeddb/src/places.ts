import { headsOf } from "./heads.ts";
import { JOBS, beyond, within } from "./tables.ts";
import { answerTo } from "./transaction.ts";
import type { View } from "./view.ts";

/** How many jobs of each queue may run, where jobs say it, and how many do. A queue without numbers costs no request. */
export type Places = {
  isFull(queue: string): Promise<boolean>;
  /** A job runs from now on. `number`: how many it says may run in its queue. */
  take(queue: string, number?: number): Promise<void>;
};

/** `running`: how many ran when the transaction began, once somebody asked; `taken`: how many have begun since. */
type Queue = { number: number; running: Promise<number> | undefined; taken: number };

export function openPlaces(view: View): Places {
  const queues = new Map<string, Queue>();
  const find = async (name: string): Promise<Queue> => {
    const queue = queues.get(name) ?? { number: await numberOf(view, name), running: undefined, taken: 0 };
    queues.set(name, queue);
    return queue;
  };
  return {
    async isFull(name) {
      const queue = await find(name);
      if (queue.number === Infinity) return false;
      queue.running ??= runningIn(view, name);
      return (await queue.running) + queue.taken >= queue.number;
    },
    async take(name, number) {
      const queue = await find(name);
      queue.taken++;
      queue.number = number ?? queue.number;
    },
  };
}

/** What the job says that was claimed last, of those that have a lease and say something. */
async function numberOf({ tx, queues }: View, queue: string): Promise<number> {
  if (!queues.get(queue)?.counts.numbered) return Infinity;
  const numbered = tx.objectStore(JOBS).index("numbered");
  const cursor = await answerTo(numbered.openKeyCursor(within([queue]), "prev"));
  return cursor === null ? Infinity : (cursor.key as [string, number, number])[2]; // see row.ts
}

/** How many of a queue's jobs have a lease that has not ended. */
async function runningIn({ tx, now, queues }: View, queue: string): Promise<number> {
  const leases = tx.objectStore(JOBS).index("lease");
  const late = (await headsOf(leases, queue)).filter(({ dueAt }) => dueAt <= now);
  const ended = await Promise.all(late.map(({ priority }) => answerTo(leases.count(within([queue, priority], now)))));
  return ended.reduce((running, count) => running - count, queues.get(queue)?.counts.leased ?? 0);
}

/** The queues in which as many jobs run as they allow. */
export async function fullQueues(view: View): Promise<ReadonlySet<string>> {
  const places = openPlaces(view);
  const names = [...view.queues.keys()];
  const full = await Promise.all(names.map((name) => places.isFull(name)));
  return new Set(names.filter((_, i) => full[i]));
}

/** When the first lease of a full queue ends: then there is a place. */
export async function firstEnd({ tx, now }: View, queue: string): Promise<number> {
  const leases = tx.objectStore(JOBS).index("lease");
  const priorities = (await headsOf(leases, queue)).map(({ priority }) => priority);
  const ends = await Promise.all(
    priorities.map((priority) => answerTo(leases.openKeyCursor(beyond([queue, priority], now)))),
  );
  return Math.min(...ends.flatMap((cursor) => (cursor === null ? [] : (cursor.key as [string, number, number])[2]))); // see row.ts
}
