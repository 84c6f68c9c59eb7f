import { accessSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type Page, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Why there is no browser here; undefined if there is one. */
export function noChromium(): string | undefined {
  try {
    accessSync(CHROMIUM);
    return undefined;
  } catch {
    return `there is no ${CHROMIUM}: install Debian's chromium (apt-get install chromium)`;
  }
}

/** A browser whose profile is on disk and outlives it. */
export type Browser = {
  /** Its tabs are without a network until `setOffline(false)`. */
  readonly context: BrowserContext;
  open(url: string): Promise<Page>;
  /** SIGKILL, and a new one with the same profile, without a network. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

/** A browser that talks to nobody but us. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "longshore-profile-"));
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: QUIET,
      viewport: { width: 900, height: 1_100 },
    });
  let context = await launch();
  return {
    get context() {
      return context;
    },
    async open(url) {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    async kill() {
      const ended = new Promise((resolve) => context.once("close", resolve));
      // Chromium locks its profile with a link to `host-process`.
      process.kill(Number(/-(\d+)$/.exec(readlinkSync(join(profile, "SingletonLock")))?.[1]), "SIGKILL");
      await ended;
      context = await launch();
      await context.setOffline(true);
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
