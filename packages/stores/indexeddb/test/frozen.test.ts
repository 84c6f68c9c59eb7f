import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { noDisplay, openDisplay } from "./display.ts";
import { type Site, type Tab, openSite } from "./site.ts";

const missing = noChromium ?? noDisplay;

describe.skipIf(missing)(`a tab that is frozen${missing === undefined ? "" : ` (${missing})`}`, () => {
  let display: Awaited<ReturnType<typeof openDisplay>>;
  let site: Site;
  beforeAll(async () => {
    display = await openDisplay();
    site = await openSite({ display: display.name });
  });
  afterAll(async () => {
    await site.close();
    display.close();
  });

  test("in the middle of its calls leaves the database to the others, and goes on when it is seen again", async () => {
    const [busy, other] = [await site.tab(), await site.tab()];
    void busy.call("keepBusy").catch(() => {}); // it ends with its tab
    await other.page.bringToFront();
    const lifecycle = await site.browser.newCDPSession(busy.page);
    for (let times = 0; times < 5; times++) {
      const before = await roundsOf(busy);
      await busy.until<number>("rounds", (rounds) => rounds > before);
      await lifecycle.send("Page.setWebLifecycleState", { state: "frozen" });
      await other.call("enqueue", times, 1);
      expect(await other.call("ids")).toContain(`job-${times}`);
      await lifecycle.send("Page.setWebLifecycleState", { state: "active" });
    }
    const before = await roundsOf(busy);
    await busy.until<number>("rounds", (rounds) => rounds > before);
  });
});

function roundsOf(tab: Tab): Promise<number> {
  return tab.call("rounds");
}
