import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";

const CHROMIUM = "/usr/bin/chromium";

test("the kit works in a page of Chromium", async (context) => {
  if (!existsSync(CHROMIUM)) context.skip(`there is no ${CHROMIUM}: install Debian's chromium`);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../page/page.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  try {
    const page = await browser.newPage();
    await page.evaluate(outputFiles[0]?.text ?? "");
    const report = await page.evaluate(() => (globalThis as unknown as { report(): Promise<unknown> }).report()); // set by the bundle
    expect(report).toEqual({
      did: ["charge 1", "charge 2", "mail hourly", "mail hourly"],
      completed: "job-000001",
      faults: true,
      outcome: "completed",
      summary: [
        'sent: 2 times instead of 1, if its process ends after "sent"',
        "sent: 2 times instead of 1, if its process ends before the job is settled",
      ].join("\n"),
    });
  } finally {
    await browser.close();
  }
});

/** A browser that talks to nobody. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
