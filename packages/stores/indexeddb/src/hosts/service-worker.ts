import { type Duration, systemPlatform } from "@longshore/core";
import { type Checks, aBoolean, checkOptions, duration, logTo, toMs } from "@longshore/core/adapter";
import { TAG } from "./call-service-worker.ts";
import { type Drained, checkDrained, drain } from "./hosted.ts";

export type ServiceWorkerOptions = {
  /**
   * How long one event may keep the service worker; what has not ended by then is given back. Browsers end a service
   * worker whose event takes minutes, some after 30 s. Default: `"25s"`.
   */
  readonly budget?: Duration | undefined;
  /** Does nothing while the browser has no network; a `sync` comes when it has one. Default: false. */
  readonly needsNetwork?: boolean | undefined;
};

const CHECKS: Checks<ServiceWorkerOptions> = { budget: duration(100), needsNetwork: aBoolean };

/** The events used here; TypeScript has no types for `sync`. */
type WaitingEvent = Event & {
  readonly tag?: string;
  readonly data?: unknown;
  waitUntil(end: Promise<unknown>): void;
};

/** What is known of a worker's or an outbox's work when it ends. */
type Done = { readonly failed?: number; readonly snoozed?: number; readonly away?: string | undefined };

/**
 * Runs what is due, by a worker, an outbox, or several of them, each time that the browser starts this service worker
 * for it: at a `sync` or `periodicsync` event with the tag `longshore`, and at a message `"longshore"`, as
 * `callServiceWorker` sends it. A `sync` that leaves work is one that failed, so the browser repeats it. Call it while
 * the script loads: browsers wake a service worker only for events that it listened to by then. Fails with
 * `invalid_option` or `invalid_duration`.
 *
 * ```ts
 * startInServiceWorker([createWorker(jobs, { handlers })]);
 * ```
 */
export function startInServiceWorker(all: readonly Drained[], options: ServiceWorkerOptions = {}): void {
  for (const one of all) checkDrained(one, "each of startInServiceWorker, a worker or an outbox,");
  checkOptions("startInServiceWorker", options, CHECKS);
  const { budget = "25s", needsNetwork = false } = options;
  const budgetMs = toMs(budget);
  let running: Promise<boolean> | undefined;
  let isCalled = false;

  /** Resolves to whether it left nothing. */
  const runOne = async (one: Drained): Promise<boolean> => {
    let stop = (): void => {};
    // A worker ends by itself. An outbox knows no budget: what it has begun goes on while the browser lets it.
    const late = new Promise<undefined>((resolve) => {
      stop = systemPlatform.timer(budgetMs + GRACE_MS, () => resolve(undefined));
    });
    try {
      const done = await Promise.race([drain(one, budget), late]);
      return done !== undefined && !leavesWork(done);
    } catch (error) {
      logTo(console, "warn", "a service worker could not run its jobs", { error });
      return false;
    } finally {
      stop();
    }
  };
  const run = async (): Promise<boolean> => {
    let isDone: boolean;
    const endsAt = systemPlatform.monotonic() + budgetMs;
    do {
      isCalled = false;
      isDone = (await Promise.all(all.map(runOne))).every(Boolean);
      // Called in the meantime: what it was called for may have come too late for this round.
    } while (isCalled && systemPlatform.monotonic() < endsAt);
    return isDone && !isCalled;
  };
  const call = (): Promise<boolean> => {
    isCalled = true;
    running ??= run().finally(() => (running = undefined));
    return running;
  };

  const host = globalThis as unknown as EventTarget; // of a service worker
  for (const type of ["sync", "periodicsync", "message"]) {
    host.addEventListener(type, (event) => {
      const { tag, data, waitUntil } = event as WaitingEvent; // by its type
      if ((type === "message" ? data : tag) !== TAG) return;
      if (needsNetwork && !globalThis.navigator.onLine) return;
      const ended = call();
      waitUntil.call(event, type === "sync" ? ended.then(failUnless) : ended);
    });
  }
}

/** A worker needs this to give back what it holds. */
const GRACE_MS = 3_000;

function leavesWork(done: unknown): boolean {
  const { failed = 0, snoozed = 0, away } = done as Done; // of a worker or of an outbox
  return failed + snoozed > 0 || away !== undefined;
}

/** The browser repeats a sync that has failed. */
function failUnless(isDone: boolean): void {
  if (!isDone) throw new Error("Some jobs wait for another try.");
}
