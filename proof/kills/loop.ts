import { setTimeout as delay } from "node:timers/promises";
import { type Inspection, type QueueCounts, createQueue } from "@longshore/core";
import { type Audit, type Row, audit } from "./audit.ts";
import { chanceOf } from "./chance.ts";
import { type Signature, TICK, nominalOf } from "./jobs.ts";
import { LOOK_MS, PATIENCE_MS, killOften, until } from "./killing.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import type { Entry, Signal, Target } from "./note.ts";
import { isLater, promisedIds } from "./promises.ts";
import { startProducer } from "./producer.ts";
import { type Spread, recoveries, restarts, spreadOf } from "./recovery.ts";
import type { Sabotage } from "./sabotage.ts";
import { subjects } from "./stores.ts";
import { type Straggler, startStraggler } from "./straggler.ts";

export type LoopOptions = {
  readonly store: keyof typeof subjects;
  readonly kills: number;
  readonly seed: number;
  readonly sabotage: Sabotage | undefined;
  readonly say: (line: string) => void;
};

export type Finding = Audit & {
  readonly entries: readonly Entry[];
  /** SIGKILLs of the object, or of processes that run jobs. */
  readonly kills: number;
  /** The same of the server that keeps the jobs, and its immediate restarts, where there is one. */
  readonly server?: { readonly kills: number; readonly restarts: number };
  /** Jobs that should have come to their end after the last kill, without anybody calling. */
  readonly asleep?: number;
  /** Occurrences of the schedule that had to be. */
  readonly occurrences?: number;
  readonly stragglers?: Straggler["answers"];
  readonly recoveryMs: Spread;
  /** The same for the last kill alone: nobody calls afterwards. */
  readonly aloneMs: Spread;
  /** Of whatever keeps the jobs. */
  readonly restartMs: Spread;
};

/** The kills begin when the schedule was heard of, and the stragglers have settled so many jobs. */
const FLOWING = 5;
/**
 * Longer than any delay, lease and alarm takes: who is silent for so long is done, or asleep. A busy machine also pauses
 * while jobs flow: so many times the longest pause is silence there.
 */
const SILENCE_MS = 5_000;
const PAUSES = 2;
/** As long as something is heard of, nobody is asleep. */
const MOST_NOISE_MS = 300_000;

/** Kills parts of the system while jobs flow, then leaves it alone, and compares what it keeps with the ledger. */
export async function killLoop({ store, kills, seed, sabotage, say }: LoopOptions): Promise<Finding> {
  const chance = chanceOf(seed);
  const ledger = await openLedger();
  const subject = await subjects[store]({ ledger, chance, kills, sabotage });
  try {
    const { adapter } = subject;
    const queue = createQueue(adapter);
    const producer = startProducer(queue, ledger, { chance, origin: 0, lanes: subject.lanes });
    const straggler = startStraggler(adapter, ledger, chance);
    const ticked = (): boolean => ledger.entries.some((entry) => "id" in entry && nominalOf(entry.id) !== undefined);
    await until(() => ticked() && settled(straggler) >= FLOWING, "jobs to flow", subject);
    await killOften({ subject, producer, ledger, chance, kills, say });
    straggler.leave();
    const lastKill = performance.now();
    const quietFrom = Date.now();
    await subject.killAll();

    say("quiet: nobody enqueues any more");
    if (subject.wokenByCalls) await silence(ledger);
    const asleep = subject.wokenByCalls ? waiting(await queue.counts()) : 0;
    const ended = await hasEnded(queue, ledger);
    say(ended ? "nothing waits any more" : "something waits for ever");
    const rows = (await rowsOf(queue)).filter(({ id }) => !isLater(id, quietFrom));
    const { occurrences, children } = promisedIds(ledger.entries, rows, quietFrom);
    for (const id of [...occurrences, ...children]) {
      await ledger.note({ type: "attempted", id, end: "completed" }, { type: "acknowledged", id });
    }
    const entries = ledger.entries.filter((entry) => !("id" in entry && isLater(entry.id, quietFrom)));
    const killed = (target: Target, signal: Signal): number =>
      entries.filter((entry) => entry.type === "killed" && entry.target === target && entry.signal === signal).length;
    return {
      ...audit(entries, rows),
      entries,
      kills: killed("object", "SIGKILL") + killed("process", "SIGKILL"),
      ...(subject.keeper === "server" && {
        server: { kills: killed("server", "SIGKILL"), restarts: killed("server", "SIGQUIT") },
      }),
      asleep,
      occurrences: occurrences.length,
      stragglers: straggler.answers,
      recoveryMs: spreadOf(recoveries(entries)),
      aloneMs: spreadOf(recoveries(entries.filter(({ type, at }) => type !== "killed" || at > lastKill))),
      restartMs: spreadOf(restarts(entries, subject.keeper)),
    };
  } finally {
    await subject.stop();
    ledger.close();
  }
}

/** Whether everything comes to its end: waits as long as something is heard of. */
async function hasEnded(queue: Inspection, ledger: Ledger): Promise<boolean> {
  for (const end = performance.now() + MOST_NOISE_MS; performance.now() < end; await delay(LOOK_MS)) {
    if (waiting(await queue.counts()) === 0) return true;
    if (performance.now() - (heardAt(ledger).at(-1) ?? 0) > PATIENCE_MS) break;
  }
  return false;
}

/** When something else than the schedule was heard of. */
function heardAt({ entries }: Ledger): readonly number[] {
  return entries.flatMap((entry) => ("id" in entry && nominalOf(entry.id) !== undefined ? [] : [entry.at]));
}

function settled({ answers }: Straggler): number {
  return Object.values(answers).reduce((a, b) => a + b, 0);
}

/** Resolves when nothing but the schedule was heard of for a while. */
async function silence(ledger: Ledger): Promise<void> {
  const pauses = heardAt(ledger).map((at, i, all) => at - (all[i - 1] ?? at));
  const enough = Math.max(SILENCE_MS, PAUSES * pauses.reduce((most, pause) => Math.max(most, pause), 0));
  for (const end = performance.now() + MOST_NOISE_MS; performance.now() < end; await delay(LOOK_MS)) {
    if (performance.now() - (heardAt(ledger).at(-1) ?? 0) > enough) return;
  }
}

/** How many jobs have not ended; the schedule, which never does, is not counted. */
function waiting(queues: readonly QueueCounts[]): number {
  let sum = 0;
  for (const { queue, counts } of queues) {
    const { completed: _completed, dead: _dead, cancelled: _cancelled, ...others } = counts;
    if (queue !== TICK) for (const count of Object.values(others)) sum += count;
  }
  return sum;
}

async function rowsOf(queue: Inspection): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await queue.list({ limit: 1_000, ...(cursor !== undefined && { cursor }) });
    for (const { id, state, attempt, result } of page.jobs)
      rows.push({ id, state, attempt, result: result as Signature | undefined }); // as our handlers answer
    cursor = page.cursor;
  }
  return rows;
}
