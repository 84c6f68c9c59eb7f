import { createQueue, createWorker, defineJob, handle, nonRetryable } from "@longshore/core";
import { memory } from "@longshore/memory";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { dashboard } from "../src/index.ts";
import { OPERATOR } from "./shown.ts";
import { complaintsOf, launch, noChromium, openSite } from "./site.ts";

/** What would set `globalThis.pwned` if it were markup, a link, a format or a piece of a script. */
const HOSTILE: readonly string[] = [
  "<script>globalThis.pwned = 1</script>",
  "<img src=x onerror='globalThis.pwned = 1'>",
  '"><svg onload="globalThis.pwned = 1">',
  "</pre></title></style></textarea><script>globalThis.pwned = 1</script>",
  "javascript:globalThis.pwned=1",
  "<a href='javascript:globalThis.pwned=1' autofocus onfocus='globalThis.pwned=1'>x</a>",
  "{{constructor.constructor('globalThis.pwned=1')()}}",
  "${globalThis.pwned = 1}",
  "<!--<script>globalThis.pwned = 1//-->",
  "\u0000\ud800\u202egnp.exe\u2028\u2029\u001b[2J",
  "__proto__",
  "a".repeat(900),
  "𓀀🏳️‍🌈".repeat(50),
];

describe.skipIf(noChromium !== undefined)(`hostile text in Chromium ${noChromium ?? ""}`, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  test("is seen as it is wherever a job can have it, and none of it runs", async () => {
    const adapter = memory();
    const queue = createQueue(adapter);
    const task = defineJob("task", { input: z.any(), output: z.any(), keep: "1d" });
    for (const [n, text] of HOSTILE.entries()) {
      const metadata = { text: text.slice(0, 250), constructor: text.slice(0, 250) };
      await queue.enqueue(task, { text, [text]: text }, { id: `dead:${n}`, metadata });
      await queue.enqueue(task, { text, fine: true }, { id: `fine:${n}`, metadata });
    }
    const fail = (text: string): never => {
      const error = nonRetryable(text, { cause: new Error(text) });
      error.stack = `Error: ${text}\n    at ${text} (${text}:1:1)`;
      throw error;
    };
    const run = ({ text, fine }: { text: string; fine?: boolean }) => (fine ? { text } : fail(text));
    await createWorker(adapter, { handlers: [handle(task, run)], log: quiet }).drain();
    // What another program has written: no name that the library would take.
    const [first] = await adapter.list({ limit: 1 }).then(({ jobs }) => jobs);
    expect(first?.state).toBe("dead");

    const site = await openSite(
      dashboard(strange(adapter), {
        authorize: () => ({ ...OPERATOR, name: HOSTILE.join().slice(0, 200) }),
        log: quiet,
      }),
    );
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(120_000);
    const complaints = complaintsOf(page);
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => (dialogs.push(dialog.message()), void dialog.dismiss()));
    const seen: boolean[] = [];
    const views = [
      "#/",
      "#/queue/default",
      "#/dead",
      "#/schedules",
      "#/jobs",
      "#/jobs?state=dead",
      `#/jobs?error=${encodeURIComponent(HOSTILE[0] ?? "")}`,
    ];
    for (const hash of [...views, ...HOSTILE.map((_, n) => `#/job/dead:${n}`)]) {
      await page.goto(site.url + hash);
      await page.locator("h2, tbody tr").first().waitFor();
      if (hash.startsWith("#/job/")) {
        await page.getByRole("button", { name: "Show input and result" }).click();
        await page.getByRole("heading", { name: "Result", exact: true }).waitFor();
        await page.locator("summary").first().click();
        const text = HOSTILE[Number(hash.split(":")[1])] ?? "";
        // Lone surrogates and NUL have no form in HTML; the rest of each text is there, letter by letter.
        const told = await page.locator("pre.message").first().textContent();
        seen.push(clean(told ?? "").startsWith(clean(text).slice(0, 40)));
      }
      expect(await page.evaluate(() => Reflect.get(globalThis, "pwned"))).toBeUndefined();
      const strangers = "script:not([src^='app.js']), img, svg, iframe, [onerror], [onload], a[href^='javascript']";
      expect(await page.locator(strangers).count()).toBe(0);
    }
    expect(seen).toEqual(HOSTILE.map(() => true));
    // A link that somebody was sent.
    for (const text of HOSTILE) {
      await page.goto(`${site.url}#/job/${encodeURIComponent(text.slice(0, 200).replace("\ud800", ""))}`);
      await page.getByRole("alert").waitFor();
      await page.goto(`${site.url}#/${text.replace("\ud800", "")}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await page.evaluate(() => Reflect.get(globalThis, "pwned"))).toBeUndefined();
    }
    expect(dialogs).toEqual([]);
    expect(complaints).toEqual([]);
    await site.close();
  });

  test("an inline script would not run even if there were one", async () => {
    const site = await openSite(dashboard(memory(), { authorize: () => OPERATOR }));
    const page = await (await browser.newContext()).newPage();
    await page.goto(site.url);
    await page.locator("h2").first().waitFor();
    const stopped = await page.evaluate(() => {
      const script = document.createElement("script");
      try {
        script.textContent = "globalThis.pwned = 1";
        document.body.append(script);
        document.body.innerHTML = "<img src=x onerror='globalThis.pwned = 1'>";
        return "taken as markup";
      } catch (error) {
        return String(error);
      }
    });
    expect(stopped).toContain("TrustedScript");
    expect(await page.evaluate(() => Reflect.get(globalThis, "pwned"))).toBeUndefined();
    await site.close();
  });
});

/** An adapter that shows hostile text where the library would take none: names, queues, reasons. */
function strange(adapter: ReturnType<typeof memory>): ReturnType<typeof memory> {
  let n = 0;
  const text = (): string => HOSTILE[n++ % HOSTILE.length] ?? "";
  return {
    ...adapter,
    async list(request) {
      const blocked = request.state === "blocked";
      const page = await adapter.list(blocked ? { limit: request.limit } : request);
      return {
        ...page,
        jobs: page.jobs.map((job) => ({
          ...job,
          name: text(),
          queue: text(),
          waitsFor: text(),
          ...(blocked && { state: "blocked" as const, uniqueKey: text() }),
        })),
      };
    },
    async counts() {
      return ["default", ...HOSTILE].map((queue) => ({ queue, paused: true, counts: { enqueued: 1, dead: 2 } }));
    },
    async listSchedules() {
      return { now: 1, schedules: HOSTILE.map((name) => ({ name, rule: name, cursor: 1, nextAt: 2 })) };
    },
    async workers() {
      return HOSTILE.map((id) => ({ id, slots: 2, busy: 1, alive: false, agoMs: 1 }));
    },
  };
}

function clean(text: string): string {
  return text.replaceAll("\0", "").replace(/[\ufffd\ud800-\udfff]/g, "");
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
