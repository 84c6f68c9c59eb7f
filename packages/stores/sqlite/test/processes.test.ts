import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
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

/** Starts `holder.ts`. `lines` is what it has printed so far; `until` waits for more. */
async function holder(file: string, from = 0, to = Infinity) {
  const args = [fileURLToPath(new URL("holder.ts", import.meta.url)), file, String(from), String(to)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => lines.push(line));
  const closed = once(output, "close");
  const ended = closed.then(() => Promise.reject(new Error(`the process ended after ${lines.length} lines`)));
  // Nobody waits for one that is killed.
  ended.catch(() => {});
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) await Promise.race([once(output, "line"), ended]);
  };
  await until(() => lines.includes("ready"));
  return {
    lines,
    until,
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** As in `holder.ts`. */
const task = defineJob("task", {
  input: z.object({ n: z.number() }),
  id: ({ n }) => `task:${n}`,
  keep: "1d",
  retry: fixed({ attempts: 1_000, delay: 0 }),
});
const numbers = (lines: readonly string[], word: string): number[] =>
  lines.filter((line) => line.startsWith(word)).map((line) => Number(line.split(" ")[1]));

describe("a file that a process holds", () => {
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

/** Runs what is left, and returns the states of these jobs. The leases of those that were killed are over by then. */
async function finish(file: string, made: ReadonlySet<number>, ran: (n: number) => void) {
  let now = Date.now();
  const jobs = sqlite(file, { clock: () => now });
  now += 60_000;
  await createWorker(jobs, { handlers: [handle(task, ({ n }) => ran(n))] }).drain();
  const all = [...made].map((n) => ({ id: `task:${n}` }));
  const states: (string | undefined)[] = [];
  for (let i = 0; i < all.length; i += 1_000) {
    states.push(...(await jobs.get(all.slice(i, i + 1_000))).map((job) => job?.state));
  }
  await jobs.close();
  return states;
}

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
  const states = await finish(file, made, (n) => ran.add(n));
  expect(made.size).toBeGreaterThan(8 * 50);
  expect([...made].filter((n) => !ran.has(n))).toEqual([]);
  expect(states.filter((state) => state !== "completed")).toEqual([]);
});

test("of three processes that make and run jobs in one file, six are killed: no job is lost, and none is accepted twice", async () => {
  const file = path("three.db");
  const all: Awaited<ReturnType<typeof holder>>[] = [];
  const start = async () => {
    const started = await holder(file, all.length * 1_000_000);
    all.push(started);
    return started;
  };
  const running = [await start(), await start(), await start()];
  for (let kills = 0; kills < 6; kills++) {
    const one = running[kills % 3];
    if (one === undefined) throw new Error("three are running");
    // It has made some itself, and run some of the others'.
    await one.until(() => numbers(one.lines, "made").length >= 20 + 13 * kills);
    await one.until(() => new Set(numbers(one.lines, "ran").map((n) => Math.floor(n / 1_000_000))).size > 1);
    await one.kill();
    running[kills % 3] = await start();
  }
  for (const { kill } of running) await kill();
  const of = (word: string): number[] => all.flatMap(({ lines }) => numbers(lines, word));
  const made = new Set(of("made"));
  const ran = new Set(of("ran"));
  const done = of("done");
  const states = await finish(file, made, (n) => ran.add(n));
  expect(made.size).toBeGreaterThan(6 * 20);
  expect([...made].filter((n) => !ran.has(n))).toEqual([]);
  expect(states.filter((state) => state !== "completed")).toEqual([]);
  expect(done.length).toBe(new Set(done).size);
});

test("what operators do in one process holds in the others, which are woken for new jobs", async () => {
  const file = path("operated.db");
  const worker = await holder(file, 0, 0);
  const jobs = sqlite(file);
  const queue = createQueue(jobs);
  await queue.enqueue(task, { n: 1 });
  await worker.until(() => worker.lines.includes("done 1"));
  await queue.pause("default");
  await queue.enqueue(task, { n: 2 });
  await queue.enqueue(task, { n: 3 });
  await queue.cancel("task:2");
  expect((await queue.get("task:3"))?.state).toBe("enqueued");
  await queue.resume("default");
  await worker.until(() => worker.lines.includes("done 3"));
  expect(numbers(worker.lines, "ran")).toEqual([1, 3]);
  await jobs.close();
});
