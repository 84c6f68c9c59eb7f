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
