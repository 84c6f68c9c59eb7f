import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type BrowserContext, type Page, chromium } from "playwright-core";

export const CHROMIUM = "/usr/bin/chromium";

/** Why nothing can be run in Chromium here; undefined if it can. */
export const noChromium: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `there is no ${CHROMIUM}: install Debian's chromium`;

/** A browser that talks to nobody but us. */
export const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A folder for a browser's profile. */
export function newProfile(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "profile-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }) };
}

/** A browser with a profile on disk: without one its windows are private, and their databases are in memory. */
export function launch(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: QUIET });
}

/** One file of plain JavaScript, as an app's bundler would make it. */
export async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** A site whose pages are empty, or run one script; IndexedDB needs an origin, which `/sandboxed` has not. */
export async function serveSite(script = ""): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(({ url }, response) => {
    const isScript = url !== undefined && /\/script\.js(\?|$)/.test(url);
    if (url === "/sandboxed") response.setHeader("content-security-policy", "sandbox allow-scripts");
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : `<!doctype html><title>jobs</title><script src="/script.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, // it listens on TCP
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Runs a script in a page of its own and returns what the function that it put at `globalThis` resolves to. */
export async function runInPage<T>(entry: URL, name: string, ...input: unknown[]): Promise<T> {
  const site = await serveSite(await bundle(entry));
  const profile = newProfile();
  const browser = await launch(profile.folder);
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    return await call(page, name, ...input);
  } finally {
    await browser.close();
    profile.remove();
    site.close();
  }
}

/** Calls a function that a page's script put at `globalThis`. */
export function call<T>(page: Page, name: string, ...input: unknown[]): Promise<T> {
  const called = ([name, input]: readonly [string, unknown[]]): unknown => Reflect.get(globalThis, name)(...input);
  return page.evaluate(called, [name, input] as const) as Promise<T>; // the caller knows what the function returns
}
