import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { bundle, call, launch, newProfile, serveSite } from "./chromium.ts";

/** A tab of the test's site. */
type Tab = {
  readonly page: Page;
  call<T>(name: string, ...input: unknown[]): Promise<T>;
  /** Resolves once a call's answer is as wanted. */
  until<T>(name: string, wanted: (answer: T) => boolean, ...input: unknown[]): Promise<void>;
};

/** A browser with tabs of one site, in which they share a store. */
export type Site = {
  readonly browser: BrowserContext;
  readonly url: string;
  readonly profile: string;
  tab(prepare?: (page: Page) => Promise<void>, path?: string): Promise<Tab>;
  /** Ends the browser by force, and starts it again with its profile. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

/** `script`: of its pages, beside this file. */
export async function openSite(options: { readonly profile?: string; readonly script?: string } = {}): Promise<Site> {
  const server = await serveSite(await bundle(new URL(options.script ?? "page/tab.ts", import.meta.url)));
  const own = options.profile === undefined ? newProfile() : { folder: options.profile, remove() {} };
  let browser = await launch(own.folder);
  return {
    get browser() {
      return browser;
    },
    url: server.url,
    profile: own.folder,
    async tab(prepare, path = "") {
      const page = await browser.newPage();
      await prepare?.(page);
      await page.goto(server.url + path);
      return tabOf(page);
    },
    async kill() {
      const ended = new Promise((resolve) => browser.once("close", resolve));
      process.kill(processOf(own.folder), "SIGKILL");
      await ended;
      browser = await launch(own.folder);
    },
    async close() {
      await browser.close();
      server.close();
      own.remove();
    },
  };
}

function tabOf(page: Page): Tab {
  const ask = <T>(name: string, ...input: unknown[]): Promise<T> => call<T>(page, name, ...input);
  return {
    page,
    call: ask,
    async until<T>(name: string, wanted: (answer: T) => boolean, ...input: unknown[]) {
      while (!wanted(await ask<T>(name, ...input)));
    },
  };
}

/** Chromium locks its profile with a link to `host-process`. */
function processOf(profile: string): number {
  return Number(/-(\d+)$/.exec(readlinkSync(join(profile, "SingletonLock")))?.[1]);
}
