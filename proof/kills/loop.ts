import { setTimeout as delay } from "node:timers/promises";
import { type Inspection, type QueueCounts, createQueue } from "@longshore/core";
import { type Audit, type Row, audit } from "./audit.ts";
import { bundle } from "./bundle.ts";
import { chanceOf } from "./chance.ts";
import { type Signature, TICK, nominalOf } from "./jobs.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import type { Entry } from "./note.ts";
import { isLater, promisedIds } from "./promises.ts";
import { startProducer } from "./producer.ts";
import { type Spread, recoveries, restarts, spreadOf } from "./recovery.ts";
import { openRemote } from "./remote.ts";
import { type Runtime, createRuntime } from "./runtime.ts";
import type { Sabotage } from "./sabotage.ts";
import { type Straggler, startStraggler } from "./straggler.ts";

export type LoopOptions = {
  readonly kills: number;
  readonly seed: number;
  readonly sabotage: Sabotage | undefined;
  readonly say: (line: string) => void;
};

export type Finding = Audit & {
  readonly entries: readonly Entry[];
  /** Jobs that the alarm alone should have brought to their end, after the last kill. */
  readonly asleep: number;
  /** Occurrences of the schedule that had to be. */
  readonly occurrences: number;
  readonly stragglers: Straggler["answers"];
  readonly recoveryMs: Spread;
  /** The same for the last kill alone: nobody calls the object afterwards. */
  readonly aloneMs: Spread;
  readonly restartMs: Spread;
};

/** The kills begin when the schedule was heard of, and the stragglers have settled so many jobs. */
const FLOWING = 5;
/** A kill comes so long after the runtime answered, in ms. */
const ALIVE_MS = [20, 400] as const;
/** Every other kill is aimed at a reply, and comes so long after a call. */
const REPLY_MS = [0, 4] as const;
const LAST_ORDER = 40;
/** What is delayed of it needs an alarm that rings while the object stands, and not only one that brings it back. */
const LAST_DELAY_MS = 2_500;
/** Longer than any delay, lease and alarm takes: who is silent for so long is done, or asleep. */
const SILENCE_MS = 5_000;
const PATIENCE_MS = 30_000;
const LOOK_MS = 100;

/** Kills the runtime while jobs flow, then leaves it alone, and compares what it keeps with the ledger. */
export async function killLoop({ kills, seed, sabotage, say }: LoopOptions): Promise<Finding> {
  const chance = chanceOf(seed);
  const ledger = await openLedger();
  const runtime = createRuntime(await bundle(sabotage), ledger.address);
  try {
    await runtime.start();
    const adapter = await openRemote(runtime.url);
    const queue = createQueue(adapter);
    const producer = startProducer(queue, ledger, chance);
    const straggler = startStraggler(adapter, ledger, chance);
    const ticked = (): boolean => ledger.entries.some((entry) => "id" in entry && nominalOf(entry.id) !== undefined);
    await until(() => ticked() && settled(straggler) >= FLOWING, "jobs to flow", runtime);

    for (let killed = 1; killed < kills; killed++) {
      await delay(chance.between(...ALIVE_MS));
      if (chance.next() < 0.5) {
        await producer.sent();
        await delay(chance.between(...REPLY_MS));
      }
      await restart(runtime, ledger);
      if (killed % 10 === 0) say(`${killed} kills, ${ledger.entries.length} entries in the ledger`);
    }
    await producer.stop();
    await producer.order(LAST_ORDER, LAST_DELAY_MS);
    straggler.leave();
    await delay(chance.between(...ALIVE_MS));
    const lastKill = performance.now();
    const quietFrom = Date.now();
    await restart(runtime, ledger);

    say("quiet: nobody calls the object");
    await silence(ledger);
    const asleep = waiting(await queue.counts());
    const ended = await until(async () => waiting(await queue.counts()) === 0, undefined, runtime);
    say(ended ? "nothing waits any more" : "something waits for ever");
    const rows = (await rowsOf(queue)).filter(({ id }) => !isLater(id, quietFrom));
    const { occurrences, children } = promisedIds(ledger.entries, rows, quietFrom);
    for (const id of [...occurrences, ...children]) {
      ledger.note({ type: "attempted", id, end: "completed" });
      ledger.note({ type: "acknowledged", id });
    }
    const entries = ledger.entries.filter((entry) => !("id" in entry && isLater(entry.id, quietFrom)));
    return {
      ...audit(entries, rows),
      entries,
      asleep,
      occurrences: occurrences.length,
      stragglers: straggler.answers,
      recoveryMs: spreadOf(recoveries(ledger.entries)),
      aloneMs: spreadOf(recoveries(ledger.entries.filter(({ type, at }) => type !== "killed" || at > lastKill))),
      restartMs: spreadOf(restarts(ledger.entries)),
    };
  } finally {
    runtime.stop();
    ledger.close();
  }
}

async function restart(runtime: Runtime, ledger: Ledger): Promise<void> {
  ledger.note({ type: "killed" });
  await runtime.kill();
  await runtime.start();
  ledger.note({ type: "restarted" });
}

/** True once it holds; false, or a throw that names it, where it does not come to that. */
async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | undefined,
  runtime: Runtime,
): Promise<boolean> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(LOOK_MS)) {
    if (await holds()) return true;
  }
  if (what === undefined) return false;
  throw new Error(`Waited in vain for ${what}. The runtime's last words:\n${runtime.lastWords()}`);
}

function settled({ answers }: Straggler): number {
  return Object.values(answers).reduce((a, b) => a + b, 0);
}

/** Resolves when nothing but the schedule was heard of for a while. */
async function silence(ledger: Ledger): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(LOOK_MS)) {
    const last = ledger.entries.findLast((entry) => !("id" in entry) || nominalOf(entry.id) === undefined);
    if (performance.now() - (last?.at ?? 0) > SILENCE_MS) return;
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
