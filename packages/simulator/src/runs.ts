import type { JobContext } from "@longshore/core";
import type { Fail } from "./invariants.ts";
import type { Process } from "./process.ts";

/** Tracks what handlers see: what runs where, and how often each job ran. */
export type Runs = {
  /** A handler begins. Returns a function to call when it has returned. */
  start(process: Process, run: Started): () => void;
  /** The worker's `stop` has resolved: it must start nothing more. */
  stopped(worker: object): void;
  /** The ids whose handler began, and how often each returned without an error. */
  readonly returned: ReadonlyMap<string, number>;
};

type Started = {
  readonly context: JobContext;
  readonly input: unknown;
  /** The most attempts that its definition allows. */
  readonly attempts: number;
  readonly slots: number;
  readonly worker: object;
};

export function watchRuns(payloadsOf: (id: string) => ReadonlySet<string> | undefined, fail: Fail): Runs {
  const running = new Map<object, Set<JobContext>>();
  const stopped = new WeakSet<object>();
  const returned = new Map<string, number>();

  return {
    returned,
    start(process, { context, input, attempts, slots, worker }) {
      const { id, attempt, queue } = context;
      const payloads = payloadsOf(id);
      if (payloads === undefined) fail("noInvention", `${process.id} runs ${id}, which nobody asked for`);
      else if (!payloads.has(JSON.stringify(input)))
        fail("integrity", `the handler of ${id} got another input than was enqueued`);
      if (attempt > attempts) fail("attempts", `${id} starts attempt ${attempt} of ${attempts}`);
      if (stopped.has(worker)) fail("liveness", `${process.id} runs ${id} after its worker stopped`);
      const ours = running.get(worker) ?? new Set();
      running.set(worker, ours.add(context));
      // A handler that ignores its stop signal loses its slot after a while.
      const busy = [...ours].filter((other) => other.queue === queue && !other.signal.aborted).length;
      if (busy > slots) fail("concurrency", `${process.id} runs ${busy} jobs of ${queue} in ${slots} slots`);
      if (!returned.has(id)) returned.set(id, 0);
      return () => {
        ours.delete(context);
        returned.set(id, (returned.get(id) ?? 0) + 1);
      };
    },
    stopped: (worker) => void stopped.add(worker),
  };
}
