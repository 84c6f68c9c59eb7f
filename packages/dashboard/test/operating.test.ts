import type { Stats } from "@longshore/core/adapter";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdUp, importRows } from "./setting.ts";
import { showShop } from "./shown.ts";
import { launch, noChromium } from "./site.ts";

describe.skipIf(noChromium !== undefined)(`operating by click in Chromium ${noChromium ?? ""}`, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  test("dead letters of one error are counted, and then replayed at a pace, with their progress", async () => {
    const { page, url, queue, lines, complaints, close } = await showShop(browser);
    await page.clock.install();
    await page.goto(`${url}#/dead`);
    await page.getByRole("button", { name: "Replay not a JPEG: marker missing" }).click();
    await page.getByText("3 jobs would be replayed. Nothing has changed yet.").waitFor();
    expect(await queue.get("corrupt:1")).toMatchObject({ state: "dead" });
    await page.getByLabel("At most per second").selectOption("1");
    await page.getByRole("button", { name: "Replay 3" }).click();
    await page.getByText("1 of 3 replayed. Keep this page open.").waitFor();
    // The next one waits for its second, which only the test lets pass.
    expect((await queue.list({ state: "dead" })).jobs).toHaveLength(3);
    await page.clock.runFor(1_000);
    await page.getByText("2 of 3 replayed. Keep this page open.").waitFor();
    await page.clock.runFor(1_000);
    await page.getByText("3 of 3 replayed.").first().waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByText("Dead letters: 1.").waitFor();
    expect((await queue.list({ state: "dead" })).jobs.map(({ id }) => id)).toEqual(["huge:1"]);
    const replayed = lines.filter(({ action, dryRun }) => action === "replay" && dryRun === false);
    expect(replayed.reduce((sum, { done }) => sum + Number(done), 0)).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  test("a replay of all is stopped in between, and what is left stays dead", async () => {
    const { page, url, queue, close } = await showShop(browser);
    await page.clock.install();
    await page.goto(`${url}#/dead`);
    await page.getByRole("button", { name: "Replay all" }).click();
    await page.getByLabel("At most per second").selectOption("1");
    await page.getByRole("button", { name: "Replay 4" }).click();
    await page.getByText("1 of 4 replayed. Keep this page open.").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.clock.runFor(1_000);
    await page.getByRole("button", { name: "Close" }).waitFor();
    expect((await queue.list({ state: "dead" })).jobs).toHaveLength(3);
    await close();
  });

  test("a schedule shows its times in the reader's zone and in UTC, and is triggered", async () => {
    const { page, url, queue, complaints, close } = await showShop(browser, {
      timezoneId: "Asia/Kolkata",
      locale: "en-GB",
    });
    await page.goto(`${url}#/schedules`);
    await page.getByText("Next and last five times").click();
    expect(await page.locator(".times").first().locator("li").allTextContents()).toContain(
      "2 Nov 2026, 23:30:00 2026-11-02 18:00:00 UTC",
    );
    await page.getByText("it can neither foretell nor trigger it").waitFor();
    await page.getByRole("button", { name: "Trigger now: cleanup" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Trigger" }).click();
    await page.getByText("cleanup was triggered.").waitFor();
    await page.getByRole("link", { name: "Its job" }).click();
    await page.getByText("monthly-report").waitFor();
    const { jobs } = await queue.list({ name: "monthly-report", state: "enqueued" });
    expect(jobs.filter(({ metadata }) => metadata["$schedule"] === "cleanup")).toHaveLength(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test("the overview has times by job over each window, workers, and the alerts that fire", async () => {
    const { page, url, close } = await showShop(browser);
    await page.goto(url);
    await page.getByText("deadLetters fires, warning").waitFor();
    await page.getByText("Alive: 1. Busy slots: 4 of 10.").waitFor();
    const attempts = page.getByRole("row", { name: "resize-image" }).locator("td").first();
    expect(await attempts.textContent()).toBe("10");
    expect(await page.locator("svg.range").count()).toBe(4);
    await page.getByLabel("minute").check();
    await page.getByRole("row", { name: "resize-image" }).waitFor({ state: "detached" });
    await page.getByLabel("day").check();
    expect(await attempts.textContent()).toBe("10");
    await close();
  });

  test("from a full queue to what its jobs wait for, and to one of them with its limits", async () => {
    const shown = await showShop(browser);
    const { page, url, queue, complaints, close } = shown;
    await holdUp(shown);
    await page.goto(url);
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "imports", exact: true }) });
    await row.getByText("7 of 10 places").waitFor();
    await row.getByText("2 of 2 running").waitFor();
    for (const n of [7, 8, 9]) await queue.enqueue(importRows, { tenant: "east" }, { id: `import:${n}` });
    await row.getByText("10 of 10 places full").waitFor();
    await row.getByRole("link", { name: "imports", exact: true }).click();
    await page.getByRole("row", { name: `a place among the jobs with its limit's key "north" 2 import:2` }).waitFor();
    await page.getByRole("row", { name: "the limit of its queue is reached 2 import:5" }).waitFor();
    await page.getByRole("link", { name: "import:2" }).click();
    await page.getByText("It waits for: a place among the jobs with its limit's key.").waitFor();
    await page.getByText("Jobs of imports that have not ended: 10; the first that is due has waited 0 ms.").waitFor();
    await page.getByText("Of imports, at most 10 waiting or running, 2 running at a time.").waitFor();
    await page.getByText('Of the jobs with the key "north", at most 1 running at a time.').waitFor();
    await page.goto(`${url}#/job/call:2`);
    await page.getByText("Of the jobs with its key, at most 60 started in 1 m.").waitFor();
    await page.goto(`${url}#/queue/images`);
    await page.getByText("Nothing holds its jobs up").waitFor();
    await page.getByRole("button", { name: "Pause images" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByText("paused", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test("a store that does not tell what happened when has no charts, and the page says why", async () => {
    const shown = await showShop(browser);
    const { page, url, close } = shown;
    const adapter = shown.adapter as typeof shown.adapter & Stats; // the shop counts
    const { stats } = adapter;
    adapter.stats = async (window) => (await stats(window)).map((part) => ({ ...part, series: undefined }));
    await page.goto(url);
    await page.getByText("does not tell what happened when, so there are no charts").waitFor();
    expect(await page.locator(".charts").count()).toBe(0);
    await close();
  });
});
