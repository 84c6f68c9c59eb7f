import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaintsOf, launch, noChromium } from "./site.ts";

describe.skipIf(noChromium !== undefined)(`a Durable Object in workerd, from Chromium ${noChromium ?? ""}`, () => {
  let browser: Browser;
  let runtime: Miniflare;
  let url = "";
  beforeAll(async () => {
    browser = await launch();
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      target: "es2022",
      external: ["cloudflare:*"],
      write: false,
    });
    runtime = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: outputFiles[0]?.text ?? "",
        compatibilityDate: "2026-11-02",
        durableObjects: { JOBS: { className: "Jobs", useSQLite: true } },
      }),
    );
    url = (await runtime.ready).href;
    await fetch(`${url}seed`, { method: "POST" });
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.dispose();
  });

  test("shows counts and jobs, acts on them, and refuses whoever is not signed in", async () => {
    expect((await fetch(`${url}ops/`)).status).toBe(401);
    expect((await fetch(`${url}ops/api/act`, { method: "POST" })).status).toBe(401);
    const context = await browser.newContext();
    await context.addCookies([{ name: "session", value: "1", url }]);
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const complaints = complaintsOf(page);
    // Without its slash, as people type it.
    await page.goto(`${url}ops`);
    await page.getByRole("link", { name: "3 dead in tasks" }).click();
    await page.getByRole("link", { name: "dead:2" }).click();
    await page.getByText("no such thing").first().waitFor();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("1 job removed.").waitFor();
    await page.goto(`${url}ops/#/job/later`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByText("1 job cancelled.").waitFor();
    await page.goto(`${url}ops/#/`);
    await page.getByRole("link", { name: "2 dead in tasks" }).waitFor();
    await page.getByRole("link", { name: "1 cancelled in tasks" }).waitFor();
    await page.getByRole("button", { name: "Pause tasks" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume tasks" }).waitFor();
    expect(complaints).toEqual([]);
  });
});
