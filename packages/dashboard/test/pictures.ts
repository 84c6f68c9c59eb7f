/** `pnpm pictures`: the pictures of the documents, from Debian's Chromium. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { holdUp } from "./setting.ts";
import { showShop } from "./shown.ts";
import { launch } from "./site.ts";

const FOLDER = new URL("../../../docs/pictures/", import.meta.url);
const PICTURES = { overview: "#/", job: "#/job/mail:broken", queue: "#/queue/imports" } as const;

mkdirSync(FOLDER, { recursive: true });
const browser = await launch();
const viewport = { width: 1_100, height: 700 };
const shown = await showShop(browser, { viewport, locale: "en-GB", timezoneId: "Europe/Berlin" });
const { page, url, close } = shown;
await holdUp(shown);
for (const [name, hash] of Object.entries(PICTURES)) {
  await page.goto("about:blank");
  await page.goto(url + hash);
  await page.locator("h2").last().waitFor();
  await page.screenshot({ path: fileURLToPath(new URL(`dashboard-${name}.png`, FOLDER)), fullPage: true });
}
await close();
await browser.close();
