/** `pnpm bench:processes [--json]`: one SQLite file and several processes: what a job costs, and how soon they wake. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { createQueue } from "@longshore/core";
import { sqlite } from "@longshore/sqlite";
import { type Report, task } from "./sqlite/worker.ts";

const JOBS = 20_000;
const WAKE_UPS = 200;
const IDLE_MS = 10_000;
const HELP = `pnpm bench:processes [--json]

Processes that drain ${JOBS} jobs of one SQLite file together (jobs per second, and processor time of a job in µs), from the
enqueue in one process to the handler in another (ms), and the processor time of an idle worker (percent of a core), beside
that of a process which has nothing but a timer of 5 ms, as the worker's.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
let files = 0;
const newFile = (): string => join(folder, `jobs-${++files}.db`);

/** A worker on the file. It tells of each job, and at its end what it has used. */
async function startWorker(file: string) {
  const path = fileURLToPath(new URL("sqlite/worker.ts", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [path, file], { stdio: ["pipe", "pipe", "inherit"] });
  if (child.stdout === null || child.stdin === null) throw new Error("the worker has no pipes");
  const lines = createInterface({ input: child.stdout });
  const { stdin } = child;
  await once(lines, "line");
  return {
    onReport: (hear: (report: Report) => void) => void lines.on("line", (line) => hear(JSON.parse(line) as Report)), // of worker.ts
    start: () => stdin.write("start\n"),
    async stop(): Promise<void> {
      const ended = once(child, "exit");
      stdin.end();
      await ended;
    },
  };
}

async function drain(processes: number): Promise<{ perSecond: number; cpu: number; share: number }> {
  const file = newFile();
  const jobs = sqlite(file, { synchronous: "normal" });
  const queue = createQueue(jobs);
  for (let n = 0; n < JOBS; n += 1_000) {
    await queue.enqueueMany(Array.from({ length: 1_000 }, (_, i) => task.with({ n: n + i, at: 0 })));
  }
  await jobs.close();
  const workers = await Promise.all(Array.from({ length: processes }, () => startWorker(file)));
  const ran = new Map<object, number>();
  let cpu = 0;
  const all = new Promise<void>((resolve) => {
    for (const worker of workers) {
      worker.onReport((report) => {
        if (report.type === "ended") cpu += report.cpuUs;
        else if (report.type === "ran") {
          ran.set(worker, report.jobs);
          if ([...ran.values()].reduce((sum, some) => sum + some, 0) === JOBS) resolve();
        }
      });
    }
  });
  const from = performance.now();
  for (const worker of workers) worker.start();
  await all;
  const ms = performance.now() - from;
  await Promise.all(workers.map((worker) => worker.stop()));
  return { perSecond: (JOBS / ms) * 1_000, cpu: cpu / JOBS, share: Math.min(...ran.values()) / JOBS };
}

const BARE_TIMER = `
  setInterval(() => {}, 5);
  const before = process.cpuUsage();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    console.log(user + system);
    process.exit();
  }, ${IDLE_MS});`;

/** The processor time in µs that a timer alone takes in `IDLE_MS`. */
async function bareTimer(): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", BARE_TIMER]);
  return Number(stdout);
}

async function wakeUps(): Promise<{ p50: number; p99: number; idle: number; timer: number }> {
  const file = newFile();
  const jobs = sqlite(file, { synchronous: "normal" });
  const queue = createQueue(jobs);
  const worker = await startWorker(file);
  const times: number[] = [];
  let heard = (): void => {};
  let cpu = { before: 0, after: 0 };
  worker.onReport((report) => {
    if (report.type === "idle") cpu = { before: cpu.after, after: report.cpuUs };
    else if (report.type === "ran") times.push(...report.latencies);
    heard();
  });
  const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
  worker.start();
  await next();
  const timerCpu = await bareTimer();
  const idle = next();
  worker.start();
  await idle;
  for (let n = 0; n < WAKE_UPS; n++) {
    const answered = next();
    await queue.enqueue(task, { n, at: performance.timeOrigin + performance.now() });
    await answered;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
  }
  await worker.stop();
  await jobs.close();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const percent = (us: number): number => (us / (IDLE_MS * 1_000)) * 100;
  return { p50: at(0.5), p99: at(0.99), idle: percent(cpu.after - cpu.before), timer: percent(timerCpu) };
}

try {
  const processes = { 1: await drain(1), 2: await drain(2), 3: await drain(3) };
  const result = { processes, wakeUp: await wakeUps() };
  if (values.json) console.log(JSON.stringify(result));
  else {
    for (const [n, { perSecond, cpu, share }] of Object.entries(processes)) {
      const figures = [perSecond, cpu, share * 100].map((figure) => Math.round(figure).toLocaleString("en"));
      console.log(
        `${n} process(es): ${figures[0]} jobs per second, ${figures[1]} µs a job, the least busy ran ${figures[2]} %`,
      );
    }
    const { p50, p99, idle, timer } = result.wakeUp;
    console.log(`from an enqueue to a handler in another process: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    console.log(`an idle worker: ${idle.toFixed(2)} % of a core, where a timer alone takes ${timer.toFixed(2)} %`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
