import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { noDisplay, openDisplay } from "./display.ts";
import { type BrowserWindow, type WindowTab, openWindow } from "./window.ts";

const missing = noChromium ?? noDisplay;

describe.skipIf(missing)(`a tab that is frozen${missing === undefined ? "" : ` (${missing})`}`, () => {
  let display: Awaited<ReturnType<typeof openDisplay>>;
  let browser: BrowserWindow;
  beforeAll(async () => {
    display = await openDisplay();
  });
  afterEach(() => browser.close());
  afterAll(() => display.close());

  test("in the middle of its calls leaves the database to the others, and goes on when it is seen again (F126)", async () => {
    browser = await openWindow(display.name);
    const [busy, other] = [await browser.tab(), await browser.tab()];
    await busy.evaluate("void keepBusy()");
    await other.toFront();
    await busy.hidden();
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

  test("because it was left, is fenced when it comes back after its lease, and works on (F126)", async () => {
    browser = await openWindow(display.name, "page/hosts.ts");
    const [left, other] = [await browser.tab(), await browser.tab()];
    await left.visit("?lease=1s");
    await left.call("start", {});
    await left.call("enqueue", "slow", "taken");
    while ((await left.call("state", "taken")) !== "active");
    await left.visit("elsewhere/");
    let taken: readonly { readonly id: string; readonly attempt: number }[] = [];
    while (taken.length === 0) taken = await other.call("claim");
    expect(taken).toMatchObject([{ id: "taken", attempt: 2 }]);
    await left.back();
    while (!(await left.call<string[]>("seen")).includes("leaseLost taken"));
    await left.call("enqueue", "quick", "quick-1");
    while ((await left.call("state", "quick-1")) !== "completed: page, attempt 1");
    expect(await left.call("state", "taken")).toBe("active");
  });
});

/** Resolves once a tab that keeps busy has done another round. */
async function another(tab: WindowTab): Promise<void> {
  const before = await tab.call<number>("rounds");
  while ((await tab.call<number>("rounds")) <= before);
}
