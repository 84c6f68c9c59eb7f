import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { createClient } from "@libsql/client";
import { afterAll, expect, test } from "vitest";
import { d1 } from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "longshore-libsql-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts `libsql-process.ts`, which enqueues the jobs with these numbers. */
function start(url: string, from: number, to: number, ran: (n: number) => void) {
  const args = [join(import.meta.dirname, "libsql-process.ts"), url, String(from), String(to)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  createInterface({ input: child.stdout }).on("line", (line) => ran(Number(line)));
  return { end: () => child.stdin.end(), ended: once(child, "exit").then(([code]) => code as number | null) };
}

const EACH = 50;

for (const amount of [2, 4]) {
  test(`${amount} processes that begin together, enqueue into one file and work on it run each job once`, async () => {
    const url = `file:${join(folder, `${amount}.db`)}`;
    const runs: number[] = [];
    let all = (): void => {};
    const ranAll = new Promise<void>((resolve) => (all = resolve));
    const processes = Array.from({ length: amount }, (_, n) =>
      start(url, n * EACH, (n + 1) * EACH, (ran) => {
        runs.push(ran);
        if (new Set(runs).size === amount * EACH) all();
      }),
    );
    // One that fails ends at once, and the others would wait for its jobs.
    await Promise.race([ranAll, ...processes.map(({ ended }) => ended)]);
    for (const { end } of processes) end();
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual(processes.map(() => 0));
    expect(runs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: amount * EACH }, (_, n) => n));
    const client = createClient({ url });
    expect(await d1(client).counts()).toEqual([]);
    client.close();
  });
}
