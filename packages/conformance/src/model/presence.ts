import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import type { Draft } from "./state.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

export function announce({ workers: known }: Draft, now: number, worker: WorkerPresence, forMs: number): void {
  known.delete(worker.id);
  known.set(worker.id, { worker, at: now, until: now + forMs });
}

export function workers({ workers: known }: Draft, now: number): KnownWorker[] {
  return [...known.values()]
    .slice(-MOST_WORKERS)
    .filter(({ at }) => now - at < DAY_MS)
    .map(({ worker, at, until }) => ({ ...worker, alive: now < until, agoMs: now - at }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
