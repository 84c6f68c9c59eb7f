import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
    await page.getByText("1 dead letters.").waitFor();
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
    await page.getByText("1 alive, 4 of 10 slots busy.").waitFor();
    const attempts = page.getByRole("row", { name: "resize-image" }).locator("td").first();
    expect(await attempts.textContent()).toBe("10");
    expect(await page.locator("svg.range").count()).toBe(4);
    await page.getByLabel("minute").check();
    await page.getByRole("row", { name: "resize-image" }).waitFor({ state: "detached" });
    await page.getByLabel("day").check();
    expect(await attempts.textContent()).toBe("10");
    await close();
  });
});
