import { logTo } from "@longshore/core/adapter";
import type { Row } from "./row.ts";

/*
 * Accepted and never run, without a word, is the worst fault of all: this store says where nobody comes for its jobs, and
 * where a process ends that still had some.
 */

/** What is looked at of a process; a page and a Worker have none. */
type Ending = { once?(event: "beforeExit", listener: () => void): unknown };

/** Who makes more stores than this makes one for each test or request. */
const MOST_STORES = 100;
/** Nobody else keeps a store alive. */
const stores: WeakRef<ReadonlyMap<string, Row>>[] = [];

/** Says what is lost where the process ends by itself: with nothing left to do, and so without a worker that runs. */
export function warnAtExit(rows: ReadonlyMap<string, Row>): void {
  const { process } = globalThis as { process?: Ending }; // where there is one
  if (typeof process?.once !== "function" || stores.length === MOST_STORES) return;
  if (stores.push(new WeakRef(rows)) === 1) process.once("beforeExit", warnLost);
}

function warnLost(): void {
  const waiting = stores
    .flatMap((store) => [...(store.deref()?.values() ?? [])])
    .filter(({ history }) => !history?.ended);
  if (waiting.length === 0) return;
  const names = [...new Set(waiting.map(({ job }) => job.name))].slice(0, 5).join(", ");
  const message = `The process ends, and with it what waits in memory() is lost (${waiting.length} of ${names}). Was a worker started: worker.start(), or worker.drain() for what is due?`;
  logTo(console, "warn", message, { jobs: waiting.length });
}

const UNCLAIMED_MS = 60_000;

/** Says so where nobody has asked for a queue's jobs, though there have been some since then; answers whether it did. */
export function warnUnclaimed(queue: string, since: number, now: number): boolean {
  if (now - since < UNCLAIMED_MS) return false;
  const message = `Jobs are enqueued to ${queue} in memory(), and no worker over this very memory() has asked for any. Start one whose handlers or queues name it: worker.start().`;
  logTo(console, "warn", message, { queue });
  return true;
}
