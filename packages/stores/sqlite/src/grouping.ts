import type { EnqueueAnswer, NewJob } from "@longshore/core/adapter";

type Enqueue = (jobs: readonly NewJob[]) => Promise<readonly EnqueueAnswer[]>;
type Call = {
  readonly jobs: readonly NewJob[];
  resolve(answers: readonly EnqueueAnswer[]): void;
  reject(error: unknown): void;
};

/** One transaction blocks the process, so it has at most this many jobs of several calls. */
const MOST_JOBS = 1_000;

/**
 * Enqueues what concurrent calls bring within a turn in one transaction, because most of its price is the commit. Each
 * job is a step of its own, so this is invisible but for its speed; if the transaction fails, each call has one alone.
 */
export function groupedEnqueue(enqueue: Enqueue): Enqueue {
  let waiting: Call[] = [];
  let count = 0;

  const flush = async (): Promise<void> => {
    const calls = waiting;
    waiting = [];
    count = 0;
    if (calls.length === 0) return;
    try {
      const answers = await enqueue(calls.flatMap(({ jobs }) => jobs));
      let from = 0;
      for (const { jobs, resolve } of calls) resolve(answers.slice(from, (from += jobs.length)));
    } catch (error) {
      if (calls.length === 1) calls[0]?.reject(error);
      else for (const { jobs, resolve, reject } of calls) await enqueue(jobs).then(resolve, reject);
    }
  };

  return (jobs) =>
    new Promise((resolve, reject) => {
      if (count + jobs.length > MOST_JOBS && waiting.length > 0) void flush();
      waiting.push({ jobs, resolve, reject });
      count += jobs.length;
      if (waiting.length === 1) queueMicrotask(() => void flush());
    });
}
