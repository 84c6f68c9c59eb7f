import { anything, newJob } from "@longshore/conformance/tools";
import { type Platform, createWorker, defineJob, fixed, handle, systemPlatform } from "@longshore/core";
import { pagePlatform, startInPage } from "../../src/hosts/index.ts";
import { indexedDB } from "../../src/index.ts";

/*
 * A page with two workers, each over jobs of its own. One has the timers of `pagePlatform`, the other the system's,
 * which shows that the browser does hold timers back. Each has a job that runs until its signal is aborted.
 */

/** What has become of a worker. */
export type Watched = {
  /** How often its leases were renewed, and the longest time without, in ms. */
  readonly renewals: number;
  readonly longestGapMs: number;
  /** How often it claimed the endless job again, because its lease had ended: another tab would have run it twice. */
  readonly leasesEnded: number;
  /** How often the endless job was started, and how many of those runs there were at the same time at most. */
  readonly runs: number;
  readonly mostAtOnce: number;
  /** How many of the short jobs have run. */
  readonly done: number;
};

/** By the timers that a worker has. */
type ByTimers<T> = Readonly<Record<"page" | "system", T>>;
export type Watches = ByTimers<Watched>;
/** In ms. */
export type Leases = ByTimers<number>;

const PLATFORMS: ByTimers<Platform> = { page: pagePlatform, system: systemPlatform };
const NAMES = ["page", "system"] as const;
/** As many renewals show that the worker in a hidden page holds its lease. */
const ENOUGH = 3;

const endless = defineJob("endless", {
  input: anything,
  timeout: "1d",
  retry: fixed({ attempts: 1_000, delay: 0 }),
});
const short = defineJob("short", { input: anything });

let startedAt = 0;
let watches: readonly (() => Watched)[] = [];
const progress = new EventTarget();
const told = (): void => void progress.dispatchEvent(new Event("progress"));

function watch(name: "page" | "system", lease: number): () => Watched {
  const store = indexedDB(name, { lease });
  const renewedAt: number[] = [];
  let [runs, now, most, ended, done] = [0, 0, 0, 0, 0];
  const watched: typeof store = {
    ...store,
    renew(...input) {
      renewedAt.push(performance.now());
      told();
      return store.renew(...input);
    },
  };
  const worker = createWorker(watched, {
    platform: PLATFORMS[name],
    logFailures: false,
    onEvent({ type }) {
      if (type === "stalled") ended++;
      told();
    },
    handlers: [
      // It takes a while to obey its signal, in which its job may be claimed again.
      handle(endless, async (_, { signal }) => {
        most = Math.max(most, ++now);
        runs++;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await new Promise<void>((resolve) => void pagePlatform.timer(3_000, resolve));
        now--;
        signal.throwIfAborted();
      }),
      handle(short, async () => void done++),
    ],
  });
  startInPage(worker);
  return () => {
    const times = [...renewedAt, performance.now()];
    return {
      renewals: renewedAt.length,
      longestGapMs: Math.round(Math.max(...times.map((at, i) => at - (times[i - 1] ?? startedAt)))),
      leasesEnded: ended,
      runs,
      mostAtOnce: most,
      done,
    };
  };
}

function watched(): Watches {
  return Object.fromEntries(NAMES.map((name, i) => [name, watches[i]?.()])) as Watches; // watchBoth was called
}

function until(isSo: (watches: Watches) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isSo(watched())) return;
      progress.removeEventListener("progress", look);
      resolve();
    };
    progress.addEventListener("progress", look);
    look();
  });
}

Object.assign(globalThis, {
  /** Starts both workers, with their endless jobs. */
  async watchBoth(leases: Leases) {
    for (const name of NAMES) await indexedDB(name).enqueue([newJob("endless", { name: "endless" })]);
    startedAt = performance.now();
    watches = NAMES.map((name) => watch(name, leases[name]));
    await until(({ page, system }) => page.runs + system.runs === 2);
  },
  watched: async () => watched(),
  /** Resolves when the system's timers have lost a lease, and those of the page could have. */
  untilLost: () => until(({ page, system }) => system.leasesEnded > 0 && page.renewals >= ENOUGH),
  /** Called in another tab: a job for both, which wakes them. */
  async enqueueShort() {
    for (const name of NAMES) await indexedDB(name).enqueue([newJob("short", { name: "short" })]);
  },
  untilDone: () => until(({ page, system }) => page.done + system.done === 2),
});
