import { startServer } from "@longshore/servers/postgres";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { TEMPLATES, type Template } from "../../src/templates.ts";
import { launch, noChromium } from "./chromium.ts";
import { output, start } from "./outside.ts";
import { ANY_PORT, INSTALL, PASSED, breakHandler, made, secretIn, signUp } from "./project.ts";

for (const template of TEMPLATES) {
  const { name } = template;

  test(`${name}: installs with npm, its types and its tests pass, it starts, runs a job and shows it`, async () => {
    const folder = await made(name, `npm-${name}`);
    await output(folder, "npm", ...INSTALL);
    await output(folder, "npm", "run", "types");
    expect(await output(folder, "npm", "test", "--", "--no-color")).toMatch(PASSED);
    if (template.secrets === undefined) return;
    await runsAndShows(folder, template.secrets);
    if (name === "node-postgres") await onServer((url) => runsAndShows(folder, template.secrets, url));
  });

  test(`${name}: pnpm installs it, its types and its tests pass`, async () => {
    const folder = await made(name, `pnpm-${name}`);
    const pnpm = (...args: readonly string[]): Promise<string> => output(folder, "npx", "--yes", "pnpm@12", ...args);
    await pnpm("install", "--prefer-offline");
    await pnpm("types");
    expect(await pnpm("test", "--no-color")).toMatch(PASSED);
  });
}

async function runsAndShows(folder: string, secrets: Template["secrets"], databaseUrl = ""): Promise<void> {
  const { file = "" } = secrets ?? {};
  const isWorker = file === ".dev.vars";
  const env = { PORT: "0", ...(databaseUrl !== "" && { DATABASE_URL: databaseUrl }) };
  const app = start(folder, "npm", ["run", "dev", ...(isWorker ? ANY_PORT : [])], env);
  try {
    const url = await app.says(/(?:Listening|Ready) on (http:\S+)/);
    await signUp(url);
    await app.says(/A mail to user@example\.com: Welcome!/);

    expect((await fetch(`${url}/ops/`)).status).toBe(401);
    const authorization = `Basic ${btoa(`operator:${secretIn(folder, file, "DASHBOARD_PASSWORD")}`)}`;
    const page = await fetch(`${url}/ops/`, { headers: { authorization } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html")]);

    const commands = [
      ...(databaseUrl === "" ? [] : [["welcome", "npx", "longshore", "jobs", "--postgres", databaseUrl]]),
      ...(isWorker
        ? [
            ["welcome", "npm", "run", "jobs", "--", "jobs", "--url", `${url}/jobs`],
            ["nothing is wrong", "npm", "run", "doctor"],
          ]
        : []),
    ];
    for (const [says = "", program = "", ...args] of commands) {
      expect(await output(folder, program, ...args)).toContain(says);
    }
  } finally {
    await app.stop();
  }
}

/** Only ends a page that hangs. */
const PATIENCE_MS = 200_000;

/** Where there is no server, and none can be installed, the run inside of the process is all. */
async function onServer(run: (url: string) => Promise<void>): Promise<void> {
  const server = await startServer();
  if ("missing" in server) return void console.warn(`node-postgres ran on PGlite alone: ${server.missing}.`);
  try {
    await run(server.url);
  } finally {
    server.stop();
  }
}

describe.skipIf(noChromium !== undefined)(`in Chromium ${noChromium ?? ""}`, () => {
  /** Runs the page, by one of its scripts. */
  async function visited(name: string, script: string, visit: (page: Page, folder: string) => Promise<void>) {
    const folder = await made("browser", name);
    await output(folder, "npm", ...INSTALL);
    const app = start(folder, "npm", ["run", script, "--", "--host=127.0.0.1", "--port=0"]);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const told: string[] = [];
      page.on("console", (message) => told.push(message.text()));
      page.on("pageerror", (error) => told.push(String(error)));
      await page.goto(await app.says(/Local: +(http:\S+)/));
      await visit(page, folder).catch(async (error: unknown) => {
        throw new Error(`${await page.locator("body").innerText()}\n${told.join("\n")}`, { cause: error });
      });
    } finally {
      await browser.close();
      await app.stop();
    }
  }

  test("browser: as it is built, a note is sent, and there is a service worker", () =>
    visited("built-page", "start", async (page) => {
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByRole("row", { name: "send-note completed 1" }).waitFor();
      await page.waitForFunction(
        async () => (await navigator.serviceWorker.getRegistration())?.active?.state === "activated",
      );
    }));

  test("browser: while it is developed, a note dies with its handler, and is replayed by click", () =>
    visited("dev-page", "dev", async (page, folder) => {
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
