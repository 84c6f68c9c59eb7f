import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, noChromium } from "./chromium.ts";
import { type Running, output, start } from "./outside.ts";
import { ANY_PORT, INSTALL, PASSED, breakHandler, edit, made, secretIn, signUp } from "./project.ts";

// What somebody does on the first day, in order, with what the screen says. Vitest prints how long each step took.
describe.skipIf(noChromium !== undefined)(`the first day with a Worker ${noChromium ?? ""}`, () => {
  let folder = "";
  let url = "";
  let app: Running;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => void (browser = await launch()));
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  const jobs = (...args: readonly string[]): Promise<string> =>
    output(folder, "npm", "run", "jobs", "--", ...args, "--url", `${url}/jobs`);
  /** Changes the code, and waits until the new one answers. */
  async function changed(change: () => void): Promise<void> {
    const updated = app.saysNext(/Local server updated and ready/);
    change();
    await updated;
  }

  test("a project is made", async () => void (folder = await made("worker", "first-day")));

  test("it installs, and its tests pass", async () => {
    await output(folder, "npm", ...INSTALL);
    expect(await output(folder, "npm", "test", "--", "--no-color")).toMatch(PASSED);
  });

  test("it starts, says where everything is, and runs a job", async () => {
    app = start(folder, "npm", ["run", "dev", ...ANY_PORT]);
    url = await app.says(/Ready on (http:\S+)/);
    const shown = await (await fetch(url)).text();
    for (const what of [`${url}/sign-ups`, `${url}/ops/`, `dead --url ${url}/jobs`]) expect(shown).toContain(what);
    await signUp(url);
    await app.says(/A mail to user@example\.com: Welcome!/);
  });

  test("the dashboard shows it", async () => {
    const password = secretIn(folder, ".dev.vars", "DASHBOARD_PASSWORD");
    const context = await browser.newContext({ httpCredentials: { username: "operator", password } });
    // The deadline is the test's.
    context.setDefaultTimeout(0);
    page = await context.newPage();
    await page.goto(`${url}/ops/#/jobs`);
    await page.getByText("welcome").first().waitFor();
  });

  test("the handler is broken, the job dies, and the dashboard says of what", async () => {
    await changed(() => void breakHandler(folder));
    await signUp(url);
    await app.says(/"?no mail today/);
    await page.goto(`${url}/ops/#/jobs?state=dead`);
    await page.getByRole("cell", { name: "dead" }).first().waitFor();
    await page.goto(`${url}/ops/#/dead`);
    await page.getByText("no mail today").first().waitFor();
  });

  test("it is mended, and the job is replayed by click", async () => {
    await changed(() =>
      edit(folder, "src/handlers.ts", (text) => text.replace("throw new Error", "// throw new Error")),
    );
    const mail = app.saysNext(/A mail to user@example\.com: Welcome!/);
    await page.getByRole("button", { name: "Replay no mail today" }).click();
    await page.getByRole("button", { name: "Replay 1" }).click();
    await page.getByText("1 of 1 replayed.").first().waitFor();
    await mail;
  });

  test("another one dies, and is replayed by the command line", async () => {
    let mend = (): void => {};
    await changed(() => void (mend = breakHandler(folder)));
    await signUp(url);
    await page.goto(`${url}/ops/#/jobs?state=dead`);
    await page.getByRole("cell", { name: "dead" }).first().waitFor();
    expect(await jobs("dead")).toContain("no mail today");
    await changed(mend);
    const mail = app.saysNext(/A mail to user@example\.com: Welcome!/);
    await jobs("replay", "--all");
    await mail;
    expect(await jobs("dead")).not.toContain("no mail today");
  });

  test("the doctor finds a mistake in the wiring", async () => {
    expect(await output(folder, "npm", "run", "doctor")).toContain("nothing is wrong");
    edit(folder, "src/index.ts", (text) => text.replace("export const JobsRunner", "export const Runner"));
    const doctor = await start(folder, "npm", ["run", "doctor"]).ended;
    expect(doctor.code).not.toBe(0);
    expect(doctor.said).toContain("exports no JobsRunner (it exports Runner)");
  });
});
