import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { type Site, openSite } from "./site.ts";

describe.skipIf(noChromium)(`the hosts${noChromium === undefined ? "" : ` (${noChromium})`}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({ script: "page/hosts.ts" });
  });
  afterAll(() => site.close());

  /** Each test has a path of its own, with its jobs and its service worker. */
  let path = "";
  let tests = 0;
  beforeEach(() => {
    path = `${++tests}/`;
  });
  afterEach(async () => {
    await site.browser.setOffline(false);
    for (const page of site.browser.pages().slice(1)) await page.close();
  });
  const newTab = () => site.tab(undefined, path);

  const becomes = (tab: Awaited<ReturnType<Site["tab"]>>, id: string, state: string): Promise<void> =>
    tab.until("state", (now) => now === state, id);

  test("a page that needs a network gives back what runs when it has none, at no cost, and goes on when it has", async () => {
    const tab = await newTab();
    await tab.call("start", { needsNetwork: true });
    await tab.call("enqueue", "slow", "slow-1");
    await becomes(tab, "slow-1", "active");
    await site.browser.setOffline(true);
    await tab.until("attempts", (now) => now === "enqueued, 0", "slow-1");
    await tab.call("enqueue", "quick", "quick-1");
    expect(await tab.call("state", "quick-1")).toBe("enqueued");
    await site.browser.setOffline(false);
    await tab.until("attempts", (now) => now === "active, 1", "slow-1");
    expect(await tab.call("seen")).toEqual(["started slow-1", "snoozed slow-1", "started slow-1"]);
  });

  test("a page that needs no network works without one", async () => {
    const tab = await newTab();
    await site.browser.setOffline(true);
    await tab.call("start", {});
    await tab.call("enqueue", "quick", "quick-1");
    await becomes(tab, "quick-1", "completed: page, attempt 1");
  });

  test("a dedicated worker works beside its page", async () => {
    const tab = await newTab();
    await tab.call("startWorker");
    await tab.call("enqueue", "quick", "quick-1");
    await becomes(tab, "quick-1", "completed: worker, attempt 1");
  });

  test("a service worker that is called runs what is due", async () => {
    const tab = await newTab();
    await tab.call("register", "/script.js");
    await tab.call("enqueue", "quick", "quick-1", "quick-2");
    await tab.call("callServiceWorker");
    await becomes(tab, "quick-1", "completed: service worker, attempt 1");
    await becomes(tab, "quick-2", "completed: service worker, attempt 1");
  });

  test("a service worker goes on when the page that works is closed", async () => {
    const tab = await newTab();
    await tab.call("register", "/script.js");
    await tab.call("start", { serviceWorker: true });
    await tab.call("enqueue", "slow", "slow-1");
    await becomes(tab, "slow-1", "active");
    await tab.call("enqueue", "quick", "quick-1");
    await tab.page.close({ runBeforeUnload: true });
    const other = await newTab();
    await becomes(other, "quick-1", "completed: service worker, attempt 1");
  });

  test("a service worker gives back at the end of its budget what has not ended, at no cost", async () => {
    const tab = await newTab();
    await tab.call("register", "/script.js?budget=2s");
    await tab.call("enqueue", "slow", "slow-1");
    await tab.call("callServiceWorker");
    await becomes(tab, "slow-1", "active");
    await tab.until("attempts", (now) => now === "enqueued, 0", "slow-1");
  });

  test.each([
    ["sync", "dispatchSyncEvent"],
    ["periodicsync", "dispatchPeriodicSyncEvent"],
  ] as const)("a service worker runs what is due at a %s of its tag, and at no other", async (_, dispatch) => {
    const tab = await newTab();
    const browser = await site.browser.newCDPSession(tab.page);
    const registered = new Promise<string>((resolve) =>
      browser.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const own = registrations.find(({ scopeURL }) => scopeURL === site.url + path);
        if (own !== undefined) resolve(own.registrationId);
      }),
    );
    await browser.send("ServiceWorker.enable");
    await tab.call("register", "/script.js");
    const event = { origin: site.url, registrationId: await registered, lastChance: false };
    await tab.call("enqueue", "quick", "quick-1");
    await browser.send(`ServiceWorker.${dispatch}`, { ...event, tag: "another" });
    expect(await tab.call("state", "quick-1")).toBe("enqueued");
    await browser.send(`ServiceWorker.${dispatch}`, { ...event, tag: "longshore" });
    await becomes(tab, "quick-1", "completed: service worker, attempt 1");
  });
});
