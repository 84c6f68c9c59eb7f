import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { TEMPLATES } from "../../src/templates.ts";
import { launch, noChromium } from "./chromium.ts";
import { output, start } from "./outside.ts";
import { INSTALL, PASSED, breakHandler, made } from "./project.ts";

// What the first days of walk-through.test.ts, which are npm's, leave out.
for (const { name } of TEMPLATES) {
  describe(`${name} with pnpm`, () => {
    let folder = "";
    const pnpm = (...args: readonly string[]): Promise<string> => output(folder, "npx", "--yes", "pnpm@12", ...args);
    test("is installed", async () => {
      folder = await made(name, `pnpm-${name}`);
      await pnpm("install", "--prefer-offline");
    });
    test("has types that pass", () => pnpm("types"));
    test("has tests that pass", async () => expect(await pnpm("test", "--no-color")).toMatch(PASSED));
    test.runIf(name === "node-postgres")("runs without a server", () => runsWithoutServer(folder));
  });
}

async function runsWithoutServer(folder: string): Promise<void> {
  const app = start(folder, "npm", ["run", "dev"], { PORT: "0", DATABASE_URL: "" });
  try {
    const url = await app.says(/Listening on (http:\S+)/);
    await app.says(/in this process alone, files in pgdata/);
    await fetch(`${url}/sign-ups`, { method: "POST", body: `{"email":"user@example.com"}` });
    await app.says(/A mail to user@example\.com: Welcome!/);
  } finally {
    await app.stop();
  }
}

/** Only ends a page that hangs. */
const PATIENCE_MS = 200_000;

describe.skipIf(noChromium !== undefined)(`in Chromium ${noChromium ?? ""}`, () => {
  let folder = "";
  test("browser: npm installs it, and its tests pass", async () => {
    folder = await made("browser", "page");
    await output(folder, "npm", ...INSTALL);
    expect(await output(folder, "npm", "test", "--", "--no-color")).toMatch(PASSED);
  });

  /** Runs the page, by one of its scripts. */
  async function visited(script: string, visit: (page: Page) => Promise<void>): Promise<void> {
    const app = start(folder, "npm", ["run", script, "--", "--host=127.0.0.1", "--port=0"]);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const told: string[] = [];
      page.on("console", (message) => told.push(message.text()));
      page.on("pageerror", (error) => told.push(String(error)));
      await page.goto(await app.says(/Local: +(http:\S+)/));
      await visit(page).catch(async (error: unknown) => {
        throw new Error(`${await page.locator("body").innerText()}\n${told.join("\n")}`, { cause: error });
      });
    } finally {
      await browser.close();
      await app.stop();
    }
  }

  test("browser: as it is built, a note is sent, and there is a service worker", () =>
    visited("start", async (page) => {
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByRole("row", { name: "send-note completed 1" }).waitFor();
      await page.waitForFunction(
        async () => (await navigator.serviceWorker.getRegistration())?.active?.state === "activated",
      );
    }));

  test("browser: while it is developed, a note dies with its handler, and is replayed by click", () =>
    visited("dev", async (page) => {
      const reloaded = () => page.waitForEvent("load");
      let loaded = reloaded();
      const mend = breakHandler(folder);
      await loaded;
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByRole("row", { name: "send-note dead 3 no connection today" }).waitFor();
      loaded = reloaded();
      mend();
      await loaded;
      await page.getByRole("button", { name: "Replay" }).click();
      await page.getByRole("row", { name: "send-note completed 1" }).waitFor();
    }));
});
