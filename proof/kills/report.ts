import type { Counters, Problems } from "./audit.ts";
import type { Entry } from "./note.ts";
import type { Finding } from "./loop.ts";
import type { StoreName } from "./sabotages.ts";

/** What `--json` prints. Times are ms, but for `seconds`. */
export type Report = Counters &
  Pick<
    Finding,
    "kills" | "server" | "asleep" | "occurrences" | "stragglers" | "recoveryMs" | "aloneMs" | "restartMs"
  > & {
    readonly store: StoreName;
    readonly seed: number;
    readonly seconds: number;
    /** The lease, which every recovery waits for, in a store. */
    readonly leaseMs?: number;
    /** How many jobs of each; all 0 where nothing is wrong. */
    readonly problems: Readonly<Record<keyof Problems, number>>;
    readonly ok: boolean;
  };

const MEANINGS: readonly (readonly [keyof Report & keyof Counters, string])[] = [
  ["attempted", "jobs that somebody asked for: sent, due by the schedule, or a parent's child"],
  ["acknowledged", "of those, answered for by the store"],
  ["lost", "acknowledged, but neither executed nor dead letters"],
  ["unexpected", "executed, though nobody asked for them"],
  ["duplicated", "executions beyond a job's first (after a crash, or a lost lease)"],
  ["recovered", "never acknowledged, because the reply was lost, and executed all the same"],
  ["executed", "executions in all, failing ones included"],
  ["completed", "jobs that ended well"],
  ["dead", "dead letters, all of them by intention"],
];

const PROBLEMS: Readonly<Record<keyof Problems, string>> = {
  lost: "acknowledged, but neither executed nor dead letters",
  unexpected: "executed, though nobody asked for them",
  unfinished: "never came to an end",
  wrongEnd: "completed though they fail, or dead though they do not",
  missing: "acknowledged or executed, and not in the store",
  stray: "in the store, though nobody asked for them",
  stale: "completed with the result of a stale token",
  acceptedTwice: "ended by more than one run",
  leasedTwice: "claimed while the lease of another claim still held",
};

export function tableOf(report: Report): string {
  const { recoveryMs, aloneMs, restartMs, stragglers, occurrences, kills, server, leaseMs } = report;
  const row = (name: string, value: number | string, meaning: string): string =>
    `  ${name.padEnd(13)}${String(value).padStart(7)}  ${meaning}`;
  const spread = ({ p50, p95, max, count }: Finding["recoveryMs"]): string =>
    `p50 ${p50}, p95 ${p95}, max ${max} ms (${count})`;
  const lease = leaseMs === undefined ? "" : `, with a lease of ${leaseMs} ms`;
  return [
    row("kills", kills, "SIGKILLs of processes that run jobs"),
    ...(server === undefined
      ? []
      : [
          row("of the server", server.kills, "SIGKILLs"),
          row("", server.restarts, "immediate restarts, as by pg_ctl restart -m immediate"),
        ]),
    ...MEANINGS.map(([key, meaning]) => row(key, report[key], meaning)),
    ...(occurrences === undefined
      ? []
      : [row("occurrences", occurrences, "of a schedule, one each second: each of them exactly once")]),
    ...(stragglers === undefined
      ? []
      : [
          row("refused", stragglers.stale + stragglers.gone, "settlements of workers that froze beyond their lease"),
          row("taken", stragglers.accepted + stragglers.repeated, "of such workers, while nobody had taken over"),
        ]),
    `  restart: ${spread(restartMs)}`,
    `  recovery, from the kill to the next execution${lease}: ${spread(recoveryMs)}`,
    `  the same after the last kill, with nobody calling: ${spread(aloneMs)}`,
  ].join("\n");
}

const SHOWN = 3;

/** What is wrong, in sentences, with what the ledger tells of the first few. */
export function complaints({ problems, asleep = 0, entries }: Finding): readonly string[] {
  const kinds = Object.keys(PROBLEMS) as (keyof Problems)[]; // it has no other keys
  const told = kinds.flatMap((kind) => {
    const ids = problems[kind];
    const shown = ids.slice(0, SHOWN).flatMap((id) => [`  ${id}`, ...linesOf(id, entries)]);
    return ids.length === 0 ? [] : [`FAILED: ${ids.length} ${PROBLEMS[kind]}`, ...shown];
  });
  return asleep === 0 ? told : [...told, `FAILED: ${asleep} that nothing woke before somebody called`];
}

function linesOf(id: string, entries: readonly Entry[]): readonly string[] {
  const start = entries[0]?.at ?? 0;
  return entries
    .filter((entry) => "id" in entry && entry.id === id)
    .map(({ at, type, ...rest }) => `    ${((at - start) / 1_000).toFixed(3)} s  ${type} ${JSON.stringify(rest)}`);
}
