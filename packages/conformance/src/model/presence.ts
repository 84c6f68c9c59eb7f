import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import type { Announcement, Announcements, Draft } from "./state.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

export function announce(draft: Draft, now: number, worker: WorkerPresence, forMs: number): void {
  draft.workers = { said: { worker, at: now, until: now + forMs }, before: draft.workers };
}

/** The last announcement of each worker, the latest first. */
export function latestAnnouncements(all: Announcements): Announcement[] {
  const last = new Map<string, Announcement>();
  for (let one = all; one !== undefined; one = one.before) {
    if (!last.has(one.said.worker.id)) last.set(one.said.worker.id, one.said);
  }
  return [...last.values()];
}

export function workers({ workers: known }: Draft, now: number): KnownWorker[] {
  return latestAnnouncements(known)
    .slice(0, MOST_WORKERS)
    .filter(({ at }) => now - at < DAY_MS)
    .map(({ worker, at, until }) => ({ ...worker, alive: now < until, agoMs: now - at }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
