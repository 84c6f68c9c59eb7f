import { createWorker, defineJob, handle } from "@longshore/core";
import { sqlite } from "@longshore/sqlite";
import { z } from "zod";

/** `at`: when it was enqueued, by the system's clock in ms. */
export const task = defineJob("task", { input: z.object({ n: z.number(), at: z.number() }), keep: 0 });

/** What a worker tells on a line of its output. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "idle"; readonly cpuUs: number }
  /** `jobs`: how many until now. `latencies`: of the last ones, in ms. */
  | { readonly type: "ran"; readonly jobs: number; readonly latencies: readonly number[] }
  | { readonly type: "ended"; readonly cpuUs: number };

const REPORT_EVERY = 100;

/** A process of `processes.ts`. It starts at the first line of its input, tells its use at further ones, ends with it. */
function run(file: string): void {
  const jobs = sqlite(file, { synchronous: "normal" });
  let ran = 0;
  let latencies: number[] = [];
  const report = (): void => {
    if (latencies.length > 0) tell({ type: "ran", jobs: ran, latencies });
    latencies = [];
  };
  const worker = createWorker(jobs, {
    queues: { default: 100 },
    handlers: [
      handle(task, ({ at }) => {
        ran++;
        latencies.push(performance.timeOrigin + performance.now() - at);
        if (latencies.length === 1) setImmediate(report);
        else if (latencies.length === REPORT_EVERY) report();
      }),
    ],
  });
  let started = process.cpuUsage();
  let running = false;
  const used = (): number => {
    const { user, system } = process.cpuUsage(started);
    return user + system;
  };
  process.stdin.on("data", () => {
    if (!running) {
      running = true;
      started = process.cpuUsage();
      worker.start();
    }
    tell({ type: "idle", cpuUs: used() });
  });
  process.stdin.on("end", () => {
    tell({ type: "ended", cpuUs: used() });
    void worker.stop().then(() => jobs.close());
  });
  tell({ type: "ready" });
}

function tell(report: Report): void {
  console.log(JSON.stringify(report));
}

const [file] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && file !== undefined) run(file);
