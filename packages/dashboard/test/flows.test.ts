import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Shown, showShop } from "./shown.ts";
import { launch, noChromium } from "./site.ts";

describe.skipIf(noChromium !== undefined)(`by click in Chromium ${noChromium ?? ""}`, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  /** Shows the page, and checks that the browser had nothing to complain of. */
  const shown = async (
    run: (shown: Shown) => Promise<void>,
    options: Parameters<typeof showShop>[1] = {},
  ): Promise<void> => {
    const page = await showShop(browser, options);
    try {
      await run(page);
      if (page.complaints.length > 0) throw new Error(`The browser complains: ${page.complaints.join("\n")}`);
    } finally {
      await page.close();
    }
  };

  test("from a queue's number to its jobs, to one of them, and back", () =>
    shown(async ({ page, url }) => {
      await page.goto(url);
      await page.getByRole("link", { name: "4 dead in images" }).click();
      await page.getByRole("link", { name: "corrupt:2" }).waitFor();
      expect(await page.locator("tbody tr").count()).toBe(4);
      expect(new URL(page.url()).hash).toBe("#/jobs?queue=images&state=dead");
      await page.getByRole("link", { name: "corrupt:2" }).click();
      await page.getByRole("heading", { name: "corrupt:2" }).waitFor();
      await page.getByText("not a JPEG: marker missing").first().waitFor();
      expect(await page.title()).toBe("corrupt:2 · jobs");
      // Whoever follows links by keyboard or ear is at the new title.
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
      await page.goBack();
      await page.getByRole("link", { name: "corrupt:2" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "Queues" }).waitFor();
    }));

  test("charts show what happened in the last minute, hour or day", () =>
    shown(async ({ page, url }) => {
      await page.goto(url);
      for (const [window, label, points] of [
        [
          "hour",
          "Jobs and attempts in each 5 m: enqueued up to 17, completed up to 12, failed up to 1, dead up to 4",
          12,
        ],
        [
          "minute",
          "Jobs and attempts in each 10 s: enqueued up to 4, completed up to 0, failed up to 1, dead up to 0",
          6,
        ],
        [
          "day",
          "Jobs and attempts in each 1 h: enqueued up to 21, completed up to 12, failed up to 2, dead up to 4",
          24,
        ],
      ] as const) {
        await page.getByLabel(window, { exact: true }).check();
        const chart = page.getByRole("img", { name: label });
        await chart.waitFor();
        expect((await chart.locator("path.completed").getAttribute("d"))?.match(/[ML]/g)).toHaveLength(points);
        await page.getByRole("img", { name: /p95: waited up to 30 s, ran up to \d/ }).waitFor();
      }
    }));

  test("a link opens what it names, and a wrong one says so", () =>
    shown(async ({ page, url }) => {
      await page.goto(`${url}#/job/mail%3Abroken`);
      await page.getByText("Waits for its retry").waitFor();
      expect(await page.locator(".life li").count()).toBe(4);
      await page.goto(`${url}#/job/nobody`);
      await page.getByText("There is no job nobody; it may have been removed.").waitFor();
      await page.goto(`${url}#/elsewhere`);
      await page.getByText("There is nothing at this address.").waitFor();
      await page.goto(`${url}#/job/%E0%A4%A`);
      await page.getByRole("alert").waitFor();
    }));

  test("filters are typed, and make a link", () =>
    shown(async ({ page, url }) => {
      await page.goto(`${url}#/jobs`);
      await page.getByLabel("Metadata").fill("user_id=3");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
      await page.getByRole("link", { name: "mail:3" }).waitFor();
      expect(new URL(page.url()).hash).toBe("#/jobs?metadata=user_id%3D3");
      await page.getByRole("link", { name: "Clear" }).click();
      await page.getByLabel("State").selectOption("failed");
      await page.getByRole("link", { name: "mail:broken" }).waitFor();
      await page.getByLabel("Id", { exact: true }).fill("photo:4");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "photo:4" }).waitFor();
    }));

  test("input and result are shown when they are asked for, and not before", () =>
    shown(async ({ page, url }) => {
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`${url}#/job/photo:1`);
      await page.getByRole("button", { name: "Show input and result" }).waitFor();
      expect(asked.filter((one) => one.includes("payload"))).toEqual([]);
      expect(await page.content()).not.toContain("photo-1.jpg");
      await page.getByRole("button", { name: "Show input and result" }).click();
      await page.getByText('"path": "photo-1.jpg"').waitFor();
      await page.getByText('"width": 320').waitFor();
      await page.getByRole("button", { name: "Hide" }).click();
      expect(await page.content()).not.toContain("photo-1.jpg");
    }));

  test("a dead job is replayed", () =>
    shown(async ({ page, url, queue, lines }) => {
      await page.goto(`${url}#/job/corrupt:1`);
      await page.getByRole("button", { name: "Replay" }).click();
      await page.getByText("1 job replayed.").waitFor();
      await page.getByText("Waits for a worker since").waitFor();
      expect(await queue.get("corrupt:1")).toMatchObject({ state: "enqueued", attempt: 0 });
      expect(lines).toMatchObject([{ viewer: "operator", verb: "replay", jobs: ["corrupt:1"], done: 1 }]);
    }));

  test("a running job is cancelled after a question, which can be declined", () =>
    shown(async ({ page, url, queue }) => {
      await page.goto(`${url}#/job/report:running`);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await queue.get("report:running")).toMatchObject({ state: "active" });
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.getByText("1 job cancelled.").waitFor();
      expect(await queue.get("report:running")).toMatchObject({ state: "cancelled" });
    }));

  test("a delayed job is run now, and another one removed", () =>
    shown(async ({ page, url, queue }) => {
      await page.goto(`${url}#/job/report:later`);
      await page.getByRole("button", { name: "Run now" }).click();
      await page.getByText("1 job made due.").waitFor();
      expect(await queue.get("report:later")).toMatchObject({ state: "enqueued" });
      await page.goto(`${url}#/job/huge:1`);
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await page.getByText("There is no job huge:1; it may have been removed.").waitFor();
      expect(await queue.get("huge:1")).toBeUndefined();
    }));

  test("some jobs of a list are chosen, and what changed meanwhile is told", () =>
    shown(async ({ page, url, queue }) => {
      await page.goto(`${url}#/jobs?state=dead`);
      await page.getByLabel("Live").uncheck();
      for (const id of ["corrupt:1", "corrupt:2", "corrupt:3"]) await page.getByLabel(`Choose ${id}`).check();
      await queue.remove("corrupt:2");
      await page.getByRole("button", { name: "Replay (3)" }).click();
      await page.getByText("2 jobs replayed; 1 had changed meanwhile and was left alone.").waitFor();
      expect(await queue.get("corrupt:3")).toMatchObject({ state: "enqueued" });
      await page.getByText("Choose jobs to act on them.").waitFor();
      // The choice ends with the answer; the list follows once it has been read again.
      await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    }));

  test("a queue is paused and resumed", () =>
    shown(async ({ page, url, queue }) => {
      await page.goto(url);
      await page.getByRole("button", { name: "Pause images" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
      await page.getByText("images is paused: what runs goes on, what waits stays.").waitFor();
      expect((await queue.counts()).find(({ queue }) => queue === "images")?.paused).toBe(true);
      await page.getByRole("button", { name: "Resume images" }).click();
      await page.getByText("images is resumed.").waitFor();
      expect((await queue.counts()).find(({ queue }) => queue === "images")?.paused).toBe(false);
    }));

  test("what changes is seen without a reload, and not while the page is not live", () =>
    shown(async ({ page, url, queue }) => {
      await page.clock.install();
      await page.goto(`${url}#/jobs?queue=mail`);
      await page.getByRole("link", { name: "mail:broken" }).waitFor();
      await queue.remove("mail:6");
      await page.clock.runFor(5_100);
      await page.getByRole("link", { name: "mail:6" }).waitFor({ state: "detached" });
      await page.getByLabel("Live").uncheck();
      await page.getByRole("link", { name: "mail:5" }).waitFor();
      let asked = 0;
      page.on("request", () => asked++);
      await page.clock.runFor(60_000);
      expect(asked).toBe(0);
    }));

  test("who may only look sees no button that changes anything", () =>
    shown(
      async ({ page, url }) => {
        for (const hash of ["#/", "#/jobs", "#/job/corrupt:1"]) {
          await page.goto(url + hash);
          await page.locator("h2, tbody tr").first().waitFor();
          const buttons = await page.getByRole("button").allTextContents();
          expect(buttons.filter((text) => text !== "Filter")).toEqual([]);
          expect(await page.locator("input[type=checkbox]").count()).toBe(1);
        }
        await page.getByText("read only").waitFor();
        await page.getByText("Stacks may quote an input").waitFor();
      },
      { viewer: { name: "guest" } },
    ));
});
