import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { type Site, openSite } from "./site.ts";

describe.skipIf(noChromium)(`a tab that crashes${noChromium === undefined ? "" : ` (${noChromium})`}`, () => {
  /** A browser for each test: one with many tabs lets some share a process, and they would crash together. */
  let site: Site;
  afterEach(() => site.close());

  async function crash(page: Page): Promise<void> {
    const browser = await site.browser.newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    void browser.send("Page.crash").catch(() => {}); // it ends with the page
    await crashed;
  }

  test("in the middle of its calls holds nobody up (F129)", async () => {
    site = await openSite();
    const [crashing, other] = [await site.tab(), await site.tab()];
    void crashing.call("keepBusy").catch(() => {}); // it ends with the page
    await crashing.until<number>("rounds", (rounds) => rounds > 0);
    await crash(crashing.page);
    await other.call("enqueue", 0, 1);
    expect(await other.call("drain", 5)).toEqual(["busy", "job-0"]);
  });

  test("while it runs a job loses it to another tab, as the next attempt (F124)", async () => {
    site = await openSite({ script: "page/hosts.ts" });
    const [crashing, other] = [await site.tab(), await site.tab()];
    await crashing.page.goto(`${site.url}?lease=1s`);
    await crashing.call("start", {});
    await crashing.call("enqueue", "slow", "slow-1");
    await crashing.until("state", (now) => now === "active", "slow-1");
    await crash(crashing.page);
    await other.until<readonly object[]>("claim", (taken) => taken.length > 0);
    expect(await other.call("attempts", "slow-1")).toBe("active, 2");
  });
});
