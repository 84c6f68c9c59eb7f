import { setTimeout as delay } from "node:timers/promises";
import { openDisplay } from "../display.ts";
import type { Leases, Watches } from "../page/hidden.ts";
import { openWindow } from "../window.ts";

/** `seconds`: how long the page is hidden. `say`: is told each half minute how it stands. */
type Long = { readonly leases: Leases; readonly seconds: number; say(line: string): void };

/** Ten minutes of what a browser does to a page that is hidden for long. */
export function hideForLong({ leases, seconds, say }: Long): Promise<Watches> {
  return hide(leases, [], async (watched) => {
    const until = performance.now() + 1_000 * seconds;
    for (let left = seconds; left > 0; left = Math.round((until - performance.now()) / 1_000)) {
      await delay(1_000 * Math.min(left, 30));
      say(`${left} s: ${JSON.stringify(await watched())}`);
    }
  });
}

/** The same with a browser that begins at once, until the worker with the system's timers has lost a lease. */
export function hideForShort(leases: Leases): Promise<Watches> {
  const atOnce = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1";
  return hide(leases, [atOnce], (_, untilLost) => untilLost());
}

/**
 * Hides a page with two workers behind another tab, in a window of Chromium on a screen that nobody sees. At the end the
 * tab in front enqueues a job for both.
 */
async function hide(
  leases: Leases,
  flags: readonly string[],
  wait: (watched: () => Promise<Watches>, untilLost: () => Promise<void>) => Promise<void>,
): Promise<Watches> {
  const display = await openDisplay();
  const browser = await openWindow(display.name, "page/hidden.ts", flags);
  try {
    const [hidden, front] = [await browser.tab(), await browser.tab()];
    await hidden.call("watchBoth", leases);
    await front.toFront();
    await hidden.hidden();
    await wait(
      () => hidden.call("watched"),
      () => hidden.call("untilLost"),
    );
    await front.call("enqueueShort");
    await hidden.call("untilDone");
    return await hidden.call("watched");
  } finally {
    await browser.close();
    display.close();
  }
}

/** Of the jobs that were acknowledged: those that ran while the page that runs them was frozen, and those that completed. */
export type Frozen = { readonly acknowledged: number; readonly ranWhileFrozen: number; readonly completed: number };

/**
 * Freezes a page in the middle of its jobs, while another tab enqueues as many, until `wait` resolves. Counts what has
 * completed once the page has gone on.
 */
export async function freeze(wait: () => Promise<void>): Promise<Frozen> {
  const display = await openDisplay();
  const browser = await openWindow(display.name, "page/hosts.ts");
  try {
    const [frozen, front] = [await browser.tab(), await browser.tab()];
    const named = (name: string): string[] => Array.from({ length: 50 }, (_, i) => `${name}-${i}`);
    const [before, added] = [named("before"), named("added")];
    const completed = async (ids: readonly string[]): Promise<number> => {
      const states = await Promise.all(ids.map((id) => front.call<string>("state", id)));
      return states.filter((state) => state.startsWith("completed")).length;
    };
    await front.toFront();
    await frozen.hidden();
    await frozen.call("start", {});
    await frozen.call("enqueue", "quick", ...before);
    await frozen.setState("frozen");
    await front.call("enqueue", "quick", ...added);
    await wait();
    const ranWhileFrozen = await completed(added);
    await frozen.setState("active");
    await front.call("untilNothingWaits");
    const all = [...before, ...added];
    return { acknowledged: all.length, ranWhileFrozen, completed: await completed(all) };
  } finally {
    await browser.close();
    display.close();
  }
}

/** What is wrong with how it went. */
export function problemsOf({ page, system }: Watches): string[] {
  const problems: string[] = [];
  if (page.leasesEnded > 0) problems.push("with pagePlatform, leases ended in the hidden page");
  if (system.leasesEnded === 0)
    problems.push("the system's timers held their leases, too: this browser holds nothing back");
  for (const [name, { mostAtOnce }] of Object.entries({ page, system })) {
    if (mostAtOnce !== 1) problems.push(`the worker with the timers of ${name} ran a job ${mostAtOnce} times at once`);
  }
  return problems;
}
