import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { noDisplay, openDisplay } from "./display.ts";
import { type BrowserWindow, type WindowTab, openWindow } from "./window.ts";

const missing = noChromium ?? noDisplay;

describe.skipIf(missing)(`a tab that is frozen${missing === undefined ? "" : ` (${missing})`}`, () => {
  let display: Awaited<ReturnType<typeof openDisplay>>;
  let browser: BrowserWindow;
  beforeAll(async () => {
    display = await openDisplay();
    browser = await openWindow(display.name);
  });
  afterAll(async () => {
    await browser.close();
    display.close();
  });

  test("in the middle of its calls leaves the database to the others, and goes on when it is seen again", async () => {
    const [busy, other] = [await browser.tab(), await browser.tab()];
    await busy.evaluate("void keepBusy()");
    await other.toFront();
    await busy.evaluate(HIDDEN);
    for (let times = 0; times < 5; times++) {
      await another(busy);
      await busy.setState("frozen");
      await other.call("enqueue", times, 1);
      expect(await other.call("ids")).toContain(`job-${times}`);
      await busy.setState("active");
    }
    await another(busy);
    expect(await busy.evaluate("document.visibilityState")).toBe("hidden");
  });
});

/** Resolves once the page is hidden. */
const HIDDEN = `new Promise((resolve) => {
  const look = () => document.visibilityState === "hidden" && resolve();
  document.addEventListener("visibilitychange", look);
  look();
})`;

/** Resolves once a tab that keeps busy has done another round. */
async function another(tab: WindowTab): Promise<void> {
  const before = await tab.call<number>("rounds");
  while ((await tab.call<number>("rounds")) <= before);
}
