import { accessSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@longshore/memory";
import { build } from "esbuild";
import { type BrowserContext, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rateLimit, serve } from "../../src/index.ts";
import { signGrants, signedGrants } from "../../src/tokens.ts";
import { openSockets } from "../sockets.ts";

const CHROMIUM = "/usr/bin/chromium";
const SITE = "http://localhost:4173";
const OTHER_SITE = "http://localhost:4174";
const secret = "a-secret-of-at-least-32-characters";

const sockets = await openSockets();
const store = memory();
const authorize = signedGrants({ secret });
const limited = rateLimit(authorize, { calls: 1, per: "1h" });
const url = sockets.mount(faulty(serve(store, { authorize, cors: [SITE] })));
const limitedUrl = sockets.mount(serve(store, { authorize: limited, cors: [SITE] }));

/** What the way to the server does to the calls that come next; afterwards it is as it should be. */
const faults: ("502" | "lost reply")[] = [];
function faulty(handler: (request: Request) => Promise<Response>): typeof handler {
  return async (request) => {
    const fault = request.method === "POST" ? faults.shift() : undefined;
    const answer = fault === "502" ? undefined : await handler(request);
    // As a proxy's, which knows nothing of origins: a page sees that something failed, and not what.
    return fault === undefined && answer ? answer : new Response("<html>", { status: 502 });
  };
}

const missing = ((): string | undefined => {
  try {
    accessSync(CHROMIUM);
    return undefined;
  } catch {
    return `there is no ${CHROMIUM}: install Debian's chromium`;
  }
})();

/** A call of the page's actions. */
function call<T>(page: Page, name: string, ...input: unknown[]): Promise<T> {
  const called = ([name, input]: readonly [string, unknown[]]): unknown =>
    Reflect.get(Reflect.get(globalThis, "actions"), name)(...input);
  return page.evaluate(called, [name, input] as const) as Promise<T>; // the caller knows what it returns
}

type Progress = {
  readonly waiting: number;
  readonly accepted: number;
  readonly refused: number;
  readonly away?: string;
};
async function until(page: Page, wanted: (progress: Progress) => boolean): Promise<Progress> {
  for (;;) {
    const progress = await call<Progress>(page, "progress");
    if (wanted(progress)) return progress;
  }
}

describe.skipIf(missing !== undefined)(`an outbox over IndexedDB in Chromium${missing ? `: ${missing}` : ""}`, () => {
  const profile = mkdtempSync(join(tmpdir(), "profile-"));
  let browser: BrowserContext;
  beforeAll(async () => {
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        // A page that the test answers counts as one of the internet, which would have to ask before it calls loopback.
        "--disable-features=LocalNetworkAccessChecks",
      ],
    });
    const token = await signGrants([{ verbs: ["enqueue", "workers"], queues: ["notes"], names: ["note"] }], {
      secret,
      expiresIn: "15m",
    });
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("../page/notes.ts", import.meta.url))],
      bundle: true,
      format: "iife",
      platform: "browser",
      target: "es2022",
      write: false,
      banner: { js: `const server = ${JSON.stringify({ url, token })};` },
    });
    // Answered without a network, as by a service worker.
    for (const site of [SITE, OTHER_SITE]) {
      await browser.route(`${site}/script.js`, (route) =>
        route.fulfill({ contentType: "text/javascript", body: outputFiles[0]?.text ?? "" }),
      );
      await browser.route(`${site}/`, (route) =>
        route.fulfill({ contentType: "text/html", body: `<!doctype html><script src="/script.js"></script>` }),
      );
    }
  });
  afterAll(async () => {
    await browser.close();
    await sockets.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  });

  const ids = Array.from({ length: 40 }, (_, i) => `note-${String(i).padStart(2, "0")}`);

  test("notes that were taken offline outlive a reload, and arrive once each, through 502s and lost replies (F131)", async () => {
    const page = await browser.newPage();
    await page.goto(`${SITE}/`);
    await browser.setOffline(true);
    await call(page, "add", ids.slice(0, 25));
    // Some are being handed over: they wait for the end of their lease.
    await page.reload();
    await call(page, "add", ids.slice(25));
    expect(await until(page, ({ away }) => away !== undefined)).toMatchObject({ waiting: 40, accepted: 0, refused: 0 });
    expect((await store.list({ limit: 100 })).jobs).toEqual([]);

    faults.push("502", "lost reply", "502", "lost reply");
    await browser.setOffline(false);
    expect(await until(page, ({ accepted }) => accepted === 40)).toMatchObject({ waiting: 0, refused: 0 });
    expect(faults).toEqual([]);
    expect((await store.list({ limit: 100 })).jobs.map(({ id }) => id)).toEqual(ids);
    // Replies were lost, so some of them had arrived before.
    const reasons = await Promise.all(
      ids.map((id) => call<readonly [string, { status: string }]>(page, "reasons", id)),
    );
    expect(new Set(reasons.map(([state]) => state))).toEqual(new Set(["completed"]));
    expect(reasons.map(([, { status }]) => status)).toContain("duplicate");
  });

  test("what the page's token does not cover is a dead letter in the tab, with the server's reason", async () => {
    const page = await browser.newPage();
    await page.goto(`${SITE}/`);
    await call(page, "addSecret");
    await until(page, ({ refused }) => refused === 1);
    expect(await call(page, "reasons", "secret")).toEqual(["dead", expect.stringContaining("may not enqueue")]);
  });

  test("a page of a listed origin may call and reads how long to wait, and a page of another may not", async () => {
    const page = await browser.newPage();
    await page.goto(`${SITE}/`);
    expect(await call(page, "ask", limitedUrl)).toEqual([200, null]);
    expect(await call(page, "ask", limitedUrl)).toEqual([429, "3600"]);
    await page.goto(`${OTHER_SITE}/`);
    await expect(call(page, "ask", url)).rejects.toThrow("Failed to fetch");
  });
});
