import type { Adapter, ClaimedJob, Notify, Pull, Renew, Wake } from "../contract/contract.ts";
import type { Inspect, Prune } from "../contract/operating.ts";
import type { Schedules } from "../contract/scheduling.ts";
import { backendFailure } from "../values/backend-failure.ts";
import { LongshoreError } from "../values/errors.ts";
import { type Logger, logTo } from "../runtime/logger.ts";
import { RELEASE } from "../contract/outcome.ts";
import type { Platform } from "../runtime/platform.ts";
import { isExpired } from "./expired.ts";

/** An adapter as a worker uses it. Each optional interface is there as a whole or not at all. */
export type Backend = Pick<Adapter, "traits" | "settle"> &
  Partial<Pull & Renew & Wake & Notify & Schedules & Prune & Pick<Inspect, "get">>;

/** How long one logged failure of a verb stands for all that follow. */
const SILENCE_MS = 5_000;

const VERBS = ["settle", "claim", "renew", "dueInMs", "prune", "declare", "advance", "get"] as const;

/**
 * Wraps an adapter so that no call hangs: a call without an answer within a lease's length fails with
 * `backend_timeout`, and one that fails with an error of a driver with `backend_failed`. Failed calls are logged here, and
 * nowhere else: of each verb one in a while, because in an outage every job that is held tries again.
 */
export function withCallTimeouts(adapter: Pick<Adapter, "name"> & Backend, platform: Platform, log: Logger): Backend {
  const { name, traits } = adapter;
  /** Of each verb: until when no failure is logged, and how many were not. */
  const silences = new Map<string, { until: number; failures: number }>();
  const report = (verb: string, error: unknown): void => {
    const now = platform.monotonic();
    const silence = silences.get(verb);
    if (silence !== undefined && now < silence.until) return void silence.failures++;
    const more = silence?.failures ? { failures_before: silence.failures } : {};
    silences.set(verb, { until: now + SILENCE_MS, failures: 0 });
    logTo(log, "warn", `${name} failed to ${verb}`, { error, ...more });
  };
  const inTime = (verb: string, answer: Promise<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      let late = false;
      const stopTimer = platform.timer(traits.leaseMs, () => {
        late = true;
        fail(new LongshoreError("backend_timeout", `No answer within ${traits.leaseMs} ms.`));
      });
      const fail = (error: unknown): void => {
        stopTimer();
        report(verb, error);
        reject(backendFailure(verb, error));
      };
      const take = async (value: unknown): Promise<void> => {
        stopTimer();
        resolve(value);
        // A late answer to a claim holds leases: give the jobs back instead of letting the leases run out.
        if (late && verb === "claim") await giveBack(adapter, value as readonly ClaimedJob[]);
      };
      answer.then(take, fail).catch(() => {});
    });
  const backend: Record<string, unknown> = { traits, onWake: adapter.onWake?.bind(adapter) };
  for (const verb of VERBS) {
    const method: ((...input: never[]) => Promise<unknown>) | undefined = adapter[verb];
    if (method) backend[verb] = async (...input: never[]) => inTime(verb, method.apply(adapter, input));
  }
  return backend as Backend; // the same methods
}

/** Gives jobs back unstarted, without costing an attempt. Those that the claim found expired have no lease. */
export async function giveBack(backend: Backend, jobs: readonly ClaimedJob[]): Promise<void> {
  const leased = jobs.filter((job) => !isExpired(job));
  if (leased.length === 0) return;
  await backend.settle(leased.map(({ id, partition, token }) => ({ id, partition, token, outcome: RELEASE })));
}

/** The pause after this many failures of a backend, in ms: 100, 200, and so on up to 10 s. */
export function pauseAfterFailures(failures: number): number {
  return Math.min(50 * 2 ** failures, 10_000);
}
