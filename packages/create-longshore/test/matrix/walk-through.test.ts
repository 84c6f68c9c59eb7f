import { type Server, startServer } from "@longshore/servers/postgres";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, noChromium } from "./chromium.ts";
import { type Running, output, start } from "./outside.ts";
import { ANY_PORT, INSTALL, PASSED, breakHandler, edit, made, secretIn } from "./project.ts";

type Walk = {
  readonly template: string;
  /** The file of the dashboard's password. */
  readonly secrets: ".env" | ".dev.vars";
  /** What the program says when changed code runs, with its new address if it has one. */
  readonly updated: RegExp;
  /** A mistake in the wiring, and what the doctor says of it. Without one, somebody pauses a queue. */
  readonly mistake?: readonly [file: string, right: string, wrong: string, said: string];
};

const NODE = { secrets: ".env", updated: /Listening on (http:\S+)/ } as const;
const WORKER = { secrets: ".dev.vars", updated: /Local server updated and ready/ } as const;
const WALKS: readonly Walk[] = [
  { template: "node-sqlite", ...NODE },
  { template: "node-postgres", ...NODE },
  {
    template: "worker",
    ...WORKER,
    mistake: [
      "src/index.ts",
      "export const JobsRunner",
      "export const Runner",
      "exports no JobsRunner (it exports Runner)",
    ],
  },
  {
    template: "worker-queues",
    ...WORKER,
    mistake: ["wrangler.jsonc", `"max_retries": 100`, `"max_retries": 3`, "has max_retries 3"],
  },
];

const MAIL = /A mail to user@example\.com: Welcome!/;

const postgres = await startServer();
afterAll(() => (postgres as Partial<Server>).stop?.());

function whyNot({ template }: Walk): string | undefined {
  return template === "node-postgres" && "missing" in postgres ? postgres.missing : noChromium;
}

// What somebody does on the first day, in order, with what the screen says. Vitest prints how long each step took.
const walks = WALKS.map((walk) => ({ ...walk, missing: whyNot(walk) }));
for (const { template, secrets, updated, mistake, missing } of walks) {
  describe.skipIf(missing !== undefined)(`the first day with ${template} ${missing ?? ""}`, () => {
    const isWorker = secrets === ".dev.vars";
    const env = { PORT: "0", ...("url" in postgres && { DATABASE_URL: postgres.url }) };
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

    /** What the screen says beside that: a Worker's is what its address shows. */
    const shown = async (what: string): Promise<string> => {
      const line = new RegExp(`${what} +(.+)`);
      if (!isWorker) return app.says(line);
      return line.exec(await (await fetch(url)).text())?.[1] ?? "";
    };
    /** Gives a command to the shell, and returns what it says. */
    const typed = async (command: string, code = 0): Promise<string> => {
      const ended = await start(folder, "sh", ["-c", command], env).ended;
      expect(ended).toMatchObject({ code });
      return ended.said;
    };
    /** Changes the code, and waits until the new one answers. */
    const changed = async (change: () => void): Promise<void> => {
      const said = app.saysNext(updated);
      change();
      const at = await said;
      if (at.startsWith("http")) url = at;
    };
    const jobMade = async (): Promise<void> => {
      const command = (await shown("make a job")).replace(/http:\S+(?=\/sign-ups)/, url);
      expect(await typed(command)).toContain(`"status":"created"`);
    };

    test("a project is made", async () => void (folder = await made(template, template)));

    test("it installs, its types and its tests pass", async () => {
      expect(await output(folder, "npm", ...INSTALL)).not.toContain("npm warn install-scripts");
      await output(folder, "npm", "run", "types");
      expect(await output(folder, "npm", "test", "--", "--no-color")).toMatch(PASSED);
    });

    test("it starts, says what to do next, and runs a job", async () => {
      app = start(folder, "npm", ["run", "dev", ...(isWorker ? ANY_PORT : [])], env);
      url = await app.says(/(?:Listening|Ready) on (http:\S+)/);
      const mail = app.says(MAIL);
      await jobMade();
      await mail;
    });

    test("the dashboard shows it to whom has the password", async () => {
      expect((await fetch(`${url}/ops/`)).status).toBe(401);
      const httpCredentials = { username: "operator", password: secretIn(folder, secrets, "DASHBOARD_PASSWORD") };
      const context = await browser.newContext({ httpCredentials });
      // The deadline is the test's.
      context.setDefaultTimeout(0);
      page = await context.newPage();
      await page.goto(await shown("the dashboard").then((line) => line.split(" ")[0] ?? ""));
      await page.getByRole("link", { name: "Jobs", exact: true }).click();
      await page.getByText("welcome").first().waitFor();
    });

    test("the handler is broken, two jobs die, and the dashboard says of what", async () => {
      let mend = (): void => {};
      await changed(() => void (mend = breakHandler(folder)));
      await jobMade();
      await jobMade();
      await page.goto(`${url}/ops/#/jobs?state=dead`);
      await page.getByRole("cell", { name: "dead" }).nth(1).waitFor();
      await page.getByRole("link", { name: "Dead letters" }).click();
      await page.getByText("no mail today").first().waitFor();
      await changed(mend);
    });

    test("one of them is replayed by click", async () => {
      const mail = app.saysNext(MAIL);
      await page.goto(`${url}/ops/#/jobs?state=dead`);
      await page.getByRole("row", { name: "welcome" }).first().getByRole("link").first().click();
      await page.getByRole("button", { name: "Replay" }).click();
      await mail;
    });

    test("the other one is replayed by the command line", async () => {
      const dead = await shown("dead letters");
      expect(await typed(dead)).toContain("no mail today");
      const mail = app.saysNext(MAIL);
      expect(await typed(await shown("give them a run"))).toContain("Jobs replayed: 1 of 1.");
      await mail;
      expect(await typed(dead)).not.toContain("no mail today");
    });

    test("the doctor finds a mistake that was made on purpose", async () => {
      const doctor = await shown("what is (?:wrong|strange)");
      expect(await typed(doctor)).toContain("nothing is wrong");
      const { said, expected, mend } = await erred(doctor);
      expect(said).toContain(expected);
      await mend();
    });

    type Erred = { readonly said: string; readonly expected: string; mend(): Promise<void> };
    /** Makes a mistake, and asks the doctor. */
    async function erred(doctor: string): Promise<Erred> {
      if (mistake !== undefined) {
        const [file, right, wrong, expected] = mistake;
        edit(folder, file, (text) => text.replace(right, wrong));
        return { said: await typed(doctor, 4), expected, async mend() {} };
      }
      await typed(doctor.replace("doctor", "pause default"));
      await jobMade();
      return {
        said: await typed(doctor),
        expected: "The queue default is paused. Jobs that wait in it: 1.",
        async mend() {
          const mail = app.saysNext(MAIL);
          await typed(doctor.replace("doctor", "resume default"));
          await mail;
        },
      };
    }
  });
}
