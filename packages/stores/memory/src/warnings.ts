import { logTo } from "@longshore/core/adapter";
import type { Row } from "./row.ts";

/*
 * A job that is accepted and silently never runs is the worst fault. So this store warns about queues that nobody
 * claims from, and about jobs that are left when the process ends.
 */

/** The part of `process` used here. A page and a Worker have no `process`. */
type Ending = { once?(event: "beforeExit", listener: () => void): unknown };

/** More stores than this are probably made per test or per request, and are not watched. */
const MOST_STORES = 100;
/** Weak, so that this list keeps no store alive. */
const stores: WeakRef<ReadonlyMap<string, Row>>[] = [];

/** Warns about lost jobs when the process ends because nothing is left to do, so no worker is running. */
export function warnAtExit(rows: ReadonlyMap<string, Row>): void {
  const { process } = globalThis as { process?: Ending }; // undefined in a page
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

/** Warns if nobody has claimed from a queue that has had jobs for a while. Returns whether it warned. */
export function warnUnclaimed(queue: string, since: number, now: number): boolean {
  if (now - since < UNCLAIMED_MS) return false;
  const message = `Jobs are enqueued to ${queue} in memory(), and no worker over this very memory() has asked for any. Start one whose handlers or queues name it: worker.start().`;
  logTo(console, "warn", message, { queue });
  return true;
}
