import { within } from "./tables.ts";

/** When the first job of a queue is due, or its lease is over; Infinity if none waits. */
export async function firstDueAt(jobs: IDBObjectStore, queue: string): Promise<number> {
  return Math.min(...(await heads(jobs, queue)).map(({ dueAt }) => dueAt));
}

/** `index`: the one that has it, of those that wait or of those that are leased. */
export type Head = { readonly index: IDBIndex; readonly priority: number; readonly dueAt: number };

/** The priorities of some heads, the first one first. */
export function prioritiesOf(heads: readonly Head[]): number[] {
  return [...new Set(heads.map(({ priority }) => priority))].sort((a, b) => a - b);
}

/** The first job of each priority, of those that wait and of those that are leased. */
export async function heads(jobs: IDBObjectStore, queue: string): Promise<Head[]> {
  const [turn, lease] = [jobs.index("turn"), jobs.index("lease")];
  return (await Promise.all([headsOf(turn, queue), headsOf(lease, queue)])).flat();
}

/** Goes from priority to priority and reads one key of each. */
export function headsOf(index: IDBIndex, queue: string): Promise<Head[]> {
  return new Promise((resolve, reject) => {
    const found: Head[] = [];
    const request = index.openKeyCursor(within([queue]));
    request.addEventListener("error", () => reject(request.error));
    request.addEventListener("success", () => {
      const cursor = request.result;
      if (cursor === null) return resolve(found);
      const [, priority, dueAt] = cursor.key as [string, number, number]; // a place, see row.ts
      found.push({ index, priority, dueAt });
      cursor.continue([queue, priority + 1]);
    });
  });
}
