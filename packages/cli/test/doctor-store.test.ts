import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { sqlite } from "@longshore/sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Finding } from "../src/doctor/checks.ts";
import { inProcess } from "./in-process.ts";
import { mail } from "./jobs.ts";

const folder = mkdtempSync(join(tmpdir(), "longshore-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe("doctor of a store", () => {
  const HOUR = 3_600_000;

  async function doctored(ageMs: number, work: (file: string, store: ReturnType<typeof sqlite>) => Promise<void>) {
    const file = join(folder, `${++files}.db`);
    const store = sqlite(file, { clock: () => Date.now() - ageMs });
    await work(file, store);
    await store.close();
    const { code, out } = await inProcess(["doctor", "--json", "--sqlite", file]);
    return { code, what: (JSON.parse(out) as { findings: readonly Finding[] }).findings.map((one) => one.what) };
  }
  const enqueue = async (_file: string, store: ReturnType<typeof sqlite>): Promise<void> =>
    void (await createQueue(store).enqueue(mail, { user: "author", secret: "" }));

  test("nothing is found where jobs wait for a moment", async () => {
    expect(await doctored(0, enqueue)).toEqual({ code: 0, what: [] });
  });

  test("a job from the future is impossible", async () => {
    const { code, what } = await doctored(-5 * HOUR, enqueue);
    expect(code).toBe(4);
    expect(what).toContain("Jobs that were enqueued in the future: 1 (mail:author).");
  });

  test("a job that nobody takes, a paused queue and a schedule that nobody fires are doubtful", async () => {
    const left = await doctored(5 * HOUR, enqueue);
    expect(left).toEqual({ code: 0, what: ["A job of the queue mail has been due for 5h."] });
    const paused = await doctored(5 * HOUR, async (file, store) => {
      await enqueue(file, store);
      await store.pause("mail");
    });
    expect(paused.what).toEqual(["The queue mail is paused. Jobs that wait in it: 1."]);
    const mistyped = await doctored(0, async (file, store) => {
      await enqueue(file, store);
      await store.pause("mial");
    });
    expect(mistyped.what).toEqual(["The queue mial is paused, and there is no job in it: its name may be mistyped."]);
    const schedule = await doctored(5 * HOUR, async (_file, store) => {
      const ref = { name: "nightly", rule: "every 1h" };
      const { now } = await store.declare([ref]);
      await store.advance([{ ...ref, from: now, to: now, nextAt: now + HOUR }]);
    });
    expect(schedule.what).toEqual(["The schedule nightly (every 1h) has been due for 4h."]);
  });

  test("jobs that no worker can run are doubtful, with what they lack", async () => {
    const alone = await doctored(0, async (file, store) => {
      await enqueue(file, store);
      const other = defineJob("other", { input: z.object({}), queue: "mail" });
      await createWorker(store, { handlers: [handle(other, () => {})], log: silent }).drain();
    });
    const reason = "no worker has claimed it that has a handler for send-mail";
    expect(alone).toEqual({
      code: 0,
      what: [`Jobs that wait for a worker that can run them: 1 (mail:author), with "${reason}".`],
    });
  });
});
