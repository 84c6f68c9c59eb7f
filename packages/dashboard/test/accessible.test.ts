import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdUp } from "./setting.ts";
import { showShop } from "./shown.ts";
import { launch, noChromium } from "./site.ts";

const VIEWS = [
  "#/",
  "#/jobs",
  "#/jobs?state=dead",
  "#/job/mail:broken",
  "#/job/photo:1",
  "#/queue/imports",
  "#/job/import:2",
  "#/nowhere",
  "#/dead",
  "#/schedules",
];

describe.skipIf(noChromium !== undefined)(`for everybody, in Chromium ${noChromium ?? ""}`, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  test.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 360],
    ["dark", 360],
  ] as const)("axe finds nothing in %s at a width of %d", async (colorScheme, width) => {
    const shown = await showShop(browser, { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
    const { page, url, close, complaints } = shown;
    await holdUp(shown);
    for (const hash of VIEWS) {
      await page.goto("about:blank");
      await page.goto(url + hash);
      await page.locator("h2, tbody tr, main p").first().waitFor();
      await page.locator("[aria-busy]").waitFor({ state: "detached" });
      if (hash === "#/job/photo:1") await page.getByRole("button", { name: "Show input and result" }).click();
      if (hash === "#/job/mail:broken") await page.getByRole("button", { name: "Cancel" }).click();
      if (hash === "#/schedules") await page.getByText("Next and last five times").click();
      if (hash === "#/dead") {
        await page.getByRole("button", { name: "Replay all" }).click();
        await page.getByRole("button", { name: "Replay 4" }).waitFor();
      }
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect({ hash, found }).toEqual({ hash, found: [] });
      // Nothing but a table within its frame is wider than the screen.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test("everything is reached by keyboard, and what has the focus is seen", async () => {
    const { page, url, close } = await showShop(browser);
    await page.goto(url);
    await page.getByRole("button", { name: "Pause images" }).waitFor();
    const reached: string[] = [];
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        const outline = element === null ? "" : getComputedStyle(element).outlineStyle;
        return {
          name: element?.getAttribute("aria-label") ?? element?.textContent ?? "",
          outline,
          tag: element?.tagName,
        };
      });
      if (focus.tag === "BODY") break;
      expect(focus).toMatchObject({ outline: expect.not.stringMatching("none") });
      reached.push(focus.name);
    }
    expect(reached).toEqual(expect.arrayContaining(["Overview", "Jobs", "4Dead", "4 dead in images", "Pause images"]));
    await page.getByRole("button", { name: "Pause mail" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("mail is paused").waitFor();
    await close();
  });
});
