import { type Announcement, type Announcements, latestAnnouncements } from "@longshore/conformance/tools";
import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import { type Saboteur, sabotage } from "./saboteur.ts";

/** Hears another announcement than was made. */
function mishearing(
  name: string,
  change: (worker: WorkerPresence, forMs: number) => [WorkerPresence, number],
): Saboteur {
  return sabotage(name, "announce", ({ input: [worker, forMs], correct }) => correct(undefined, change(worker, forMs)));
}

/** Knows other workers than made themselves known. `known`: the latest first. */
function recalling(
  name: string,
  change: (known: readonly Announcement[], now: number) => readonly Announcement[],
): Saboteur {
  return sabotage(name, "workers", ({ state, now, correct }) => {
    const workers = change(latestAnnouncements(state.workers), now).reduceRight<Announcements>(
      (before, said) => ({ said, before }),
      undefined,
    );
    const { answer } = correct({ ...state, workers });
    return { state, answer };
  });
}

function telling(name: string, change: (told: readonly KnownWorker[]) => readonly KnownWorker[]): Saboteur {
  return sabotage(name, "workers", ({ correct }) => {
    const { state, answer } = correct();
    return { state, answer: change(answer) };
  });
}

function spokenBy(id: string, all: Announcements): Announcement | undefined {
  return latestAnnouncements(all).find(({ worker }) => worker.id === id);
}

export const presenceSaboteurs: readonly Saboteur[] = [
  mishearing("takes workers for alive for ever", (worker) => [worker, 1e12]),
  mishearing("takes how long a worker lives for seconds", (worker, forMs) => [worker, forMs / 1_000]),
  mishearing("does not hear how busy a worker is", (worker, forMs) => [{ ...worker, busy: 0 }, forMs]),
  mishearing("knows one worker whoever speaks", (worker, forMs) => [{ ...worker, id: "worker" }, forMs]),
  sabotage("believes a worker's first announcement alone", "announce", ({ state, input: [{ id }], correct }) =>
    spokenBy(id, state.workers) === undefined ? correct() : { state, answer: undefined },
  ),
  sabotage(
    "prolongs a worker's life, and never shortens it",
    "announce",
    ({ state, now, input: [worker, forMs], correct }) =>
      correct(undefined, [worker, Math.max(forMs, (spokenBy(worker.id, state.workers)?.until ?? 0) - now)]),
  ),
  recalling("forgets a worker when it is silent", (known, now) => known.filter(({ until }) => now < until)),
  recalling("knows the workers of long ago", (known, now) =>
    known.map((said) => ({ ...said, at: Math.max(said.at, now - 80_000_000) })),
  ),
  recalling("knows ten workers at most", (known) => known.slice(0, 10)),
  telling("tells the workers in the order in which they spoke", (told) =>
    [...told].sort((a, b) => b.agoMs - a.agoMs || (a.id < b.id ? 1 : -1)),
  ),
  sabotage("never forgets a worker", "workers", ({ state, now, correct }) => {
    const { answer } = correct();
    const all = latestAnnouncements(state.workers).map(({ worker, at, until }) => ({
      ...worker,
      alive: now < until,
      agoMs: now - at,
    }));
    return { state, answer: all.length > 1_000 ? all : answer };
  }),
];
