import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createWorker, defineJob, handle } from "@longshore/core";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { sqlite } from "../src/index.ts";
import { tempFolder } from "./files.ts";

const { path, remove } = tempFolder();
afterAll(remove);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts a process that holds the file. `lines` is what it has printed so far; `until` waits for more. */
async function holder(file: string, from = 0) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("holder.ts", import.meta.url)), file, String(from)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => lines.push(line));
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) await once(output, "line");
  };
  await until(() => lines.includes("ready"));
  return {
    lines,
    until,
    async kill(): Promise<void> {
      const closed = once(output, "close");
      child.kill("SIGKILL");
      await closed;
    },
  };
}

const task = defineJob("task", { input: z.object({ n: z.number() }), keep: "1d" });
const numbers = (lines: readonly string[], word: string): number[] =>
  lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(" ")[1]));

describe("a file that a process holds", () => {
  test("is refused to a second one at once, with the file's name, and is free after a SIGKILL", async () => {
    const file = path("held.db");
    const { kill } = await holder(file);
    const code = "store_in_use";
    expect(() => sqlite(file)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(file) }));
    const own = new DatabaseSync(file);
    expect(() => sqlite(own)).toThrow(expect.objectContaining({ code }));
    own.close();
    await kill();
    await sqlite(file).close();
  });

  test("can be read by others meanwhile, and backed up", async () => {
    const file = path("read.db");
    const { until, lines } = await holder(file);
    await until(() => lines.some((line) => line.startsWith("made 10")));
    const reader = new DatabaseSync(file, { readOnly: true });
    const before = reader.prepare("SELECT count(*) n FROM longshore_jobs").get()?.["n"];
    reader.exec(`VACUUM INTO '${path("copy.db")}'`);
    reader.close();
    const copy = sqlite(path("copy.db"));
    const [counted] = await copy.counts();
    const all = Object.values(counted?.counts ?? {}).reduce((sum, n) => sum + n, 0);
    expect(all).toBeGreaterThanOrEqual(Number(before));
    await copy.close();
  });
});

test("a process that is killed eight times loses no acknowledged job", async () => {
  const file = path("killed.db");
  const made = new Set<number>();
  const ran = new Set<number>();
  let from = 0;
  for (let kills = 0; kills < 8; kills++) {
    const { lines, until, kill } = await holder(file, from);
    await until(() => numbers(lines, "made").length >= 50 + 13 * kills);
    await kill();
    for (const n of numbers(lines, "made")) made.add(n);
    for (const n of numbers(lines, "ran")) ran.add(n);
    // The call under way at the kill may have been done.
    from = Math.max(...made) + 2;
  }
  let now = Date.now();
  const jobs = sqlite(file, { clock: () => now });
  // The leases of those that were killed are over.
  now += 60_000;
  await createWorker(jobs, { handlers: [handle(task, ({ n }) => void ran.add(n))] }).drain();
  const states = await jobs.get([...made].map((n) => ({ id: `task:${n}` })));
  await jobs.close();
  expect(made.size).toBeGreaterThan(8 * 50);
  expect([...made].filter((n) => !ran.has(n))).toEqual([]);
  expect(states.filter((job) => job?.state !== "completed")).toEqual([]);
});
