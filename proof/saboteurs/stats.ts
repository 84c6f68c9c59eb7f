import { type Draft, type Entry, type Log, draftOf, stats } from "@longshore/conformance/tools";
import type { StoreStats } from "@longshore/core/adapter";
import { type Saboteur, replaceVerb, saboteur, sabotage } from "./saboteur.ts";

/** Statistics of another log than what happened. */
function remembering(name: string, change: (entry: Entry) => readonly Entry[]): Saboteur {
  return sabotage(name, "stats", ({ state, now, input: [window] }) => {
    const entries: Entry[] = [];
    for (let { log } = state; log !== undefined; log = log.before) entries.push(log.entry);
    let log: Log = undefined;
    for (const entry of entries.reverse().flatMap(change)) log = { entry, before: log };
    return { state, answer: stats({ ...draftOf(state), log }, now, window) };
  });
}

/** Statistics that are told otherwise. */
function telling(name: string, change: (told: StoreStats) => StoreStats): Saboteur {
  return sabotage(name, "stats", ({ correct }) => {
    const { state, answer } = correct();
    return { state, answer: answer.map(change) };
  });
}

/** Statistics with more in their log than should be there. */
function logged(draft: Draft, ...entries: readonly Entry[]): Draft {
  for (const entry of entries) draft.log = { entry, before: draft.log };
  return draft;
}

/** One that never was. */
const attempt = (type: "complete" | "retry", at: number): Entry => ({
  type,
  at,
  queue: "default",
  name: "task",
  attempt: 1,
  waitedMs: 0,
  ranMs: 0,
});

export const statsSaboteurs: readonly Saboteur[] = [
  saboteur(
    "counts duplicates as enqueued",
    replaceVerb("enqueue", ({ input: [jobs], now, correct }) => {
      const { state, answer } = correct();
      const again = jobs.filter((_, i) => answer[i]?.status === "duplicate");
      const entries = again.map(({ queue, name }): Entry => ({ type: "enqueued", at: now, queue, name }));
      return { state: logged(draftOf(state), ...entries), answer };
    }),
  ),
  saboteur(
    "counts a settlement whatever became of it",
    replaceVerb("settle", ({ input: [settlements], now, correct }) => {
      const { state, answer } = correct();
      const idle = settlements.filter((_, i) => answer[i] === "repeated" || answer[i] === "stale");
      const entries = idle.map(() => attempt("complete", now));
      return { state: logged(draftOf(state), ...entries), answer };
    }),
  ),
  saboteur(
    "counts a snooze as a failure",
    replaceVerb("settle", ({ input: [settlements], now, correct }) => {
      const { state, answer } = correct();
      const snoozed = settlements.filter(({ outcome }, i) => outcome.type === "snooze" && answer[i] === "accepted");
      const entries = snoozed.map(() => attempt("retry", now));
      return { state: logged(draftOf(state), ...entries), answer };
    }),
  ),
  saboteur(
    "does not count follow-ups as enqueued",
    replaceVerb("settle", ({ state: before, correct }) => {
      const { state, answer } = correct();
      let log: Log = state.log;
      while (log !== undefined && log !== before.log && log.entry.type === "enqueued") log = log.before;
      return { state: { ...state, log }, answer };
    }),
  ),
  saboteur(
    "does not count occurrences as enqueued",
    replaceVerb("advance", ({ state: { log }, correct }) => {
      const { state, answer } = correct();
      return { state: { ...state, log }, answer };
    }),
  ),
  remembering("counts attempts that failed as completed", (entry) =>
    entry.type === "retry" ? [{ ...entry, type: "complete" }] : [entry],
  ),
  remembering("does not count the dead", (entry) => (entry.type === "dead" ? [] : [entry])),
  remembering("counts all queues as one", (entry) => [{ ...entry, queue: "default" }]),
  remembering("counts all names as one", (entry) => [{ ...entry, name: "task" }]),
  remembering("counts twice", (entry) => [entry, entry]),
  remembering("counts everything for ever", (entry) => [{ ...entry, at: Math.max(entry.at, 1e15) }]),
  remembering("takes the wait for the run", (entry) =>
    entry.type === "enqueued" ? [entry] : [{ ...entry, ranMs: entry.waitedMs }],
  ),
  remembering("takes a wait from the enqueue of a job that was delayed", (entry) =>
    entry.type === "enqueued" ? [entry] : [{ ...entry, waitedMs: entry.waitedMs + 60_000 }],
  ),
  remembering("tells that each job needed one attempt", (entry) =>
    entry.type === "complete" ? [{ ...entry, attempt: 1 }] : [entry],
  ),
  telling("says that a window is always covered", (told) => ({ ...told, coversMs: 86_400_000 })),
  telling("tells the parts of a window backwards", (told) => ({
    ...told,
    series: told.series?.map((one, i, all) => ({ ...one, from: all.at(-1 - i)?.from ?? 0 })),
  })),
  telling("knows no oldest job", (told) => ({ ...told, oldest: [] })),
  telling("tells the oldest job's age in seconds", (told) => ({
    ...told,
    oldest: told.oldest.map(({ queue, waitedMs }) => ({ queue, waitedMs: waitedMs / 1_000 })),
  })),
  telling("has figures for as many queues as anybody names", ({ queues, ...told }) => ({
    ...told,
    queues: queues.flatMap((one) =>
      one.queue === "(others)" ? Array.from({ length: 10 }, (_, i) => ({ ...one, queue: `${i}`, enqueued: 1 })) : [one],
    ),
  })),
  telling("answers figures that JSON cannot hold", (told) => ({ ...told, coversMs: Number.NaN })),
];
