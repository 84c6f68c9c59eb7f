import { within } from "./tables.ts";

/** Which priorities of a queue have a job that a claim would take, the first one first. */
export async function duePriorities(jobs: IDBObjectStore, queue: string, now: number): Promise<number[]> {
  const due = (await heads(jobs, queue)).filter(({ dueAt }) => dueAt <= now);
  return [...new Set(due.map(({ priority }) => priority))].sort((a, b) => a - b);
}

/** When the first job of a queue is due, or its lease is over; Infinity if none waits. */
export async function firstDueAt(jobs: IDBObjectStore, queue: string): Promise<number> {
  return Math.min(Infinity, ...(await heads(jobs, queue)).map(({ dueAt }) => dueAt));
}

type Head = { readonly priority: number; readonly dueAt: number };

/** The first job of each priority, of those that wait and of those that are leased. */
export async function heads(jobs: IDBObjectStore, queue: string): Promise<Head[]> {
  const [turn, lease] = [jobs.index("turn"), jobs.index("lease")];
  return (await Promise.all([headsOf(turn, queue), headsOf(lease, queue)])).flat();
}

/** Goes from priority to priority and reads one key of each. */
function headsOf(index: IDBIndex, queue: string): Promise<Head[]> {
  return new Promise((resolve, reject) => {
    const found: Head[] = [];
    const request = index.openKeyCursor(within([queue]));
    request.addEventListener("error", () => reject(request.error));
    request.addEventListener("success", () => {
      const cursor = request.result;
      if (cursor === null) return resolve(found);
      const [, priority, dueAt] = cursor.key as [string, number, number]; // a place, see row.ts
      found.push({ priority, dueAt });
      cursor.continue([queue, priority + 1]);
    });
  });
}
