import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "@longshore/signals";
import type { DeadError, DeadLetter } from "./dead-letters.ts";

/** The app's operator routes, as a person with curl would use them. */
export type Operator = {
  /** Jobs of both queues by state. */
  counts(): Promise<Readonly<Record<string, number>>>;
  /** What the store counted of the last hour. */
  stats(): Promise<Metrics>;
  /** Every dead letter. */
  dead(): Promise<readonly DeadLetter[]>;
  /** Deliveries of which a job has not ended. */
  waiting(): Promise<ReadonlySet<string>>;
  /** What they died of. */
  errors(): Promise<readonly DeadError[]>;
  /** Answers how many were replayed. */
  replay(letters: readonly DeadLetter[]): Promise<number>;
  /** Resolves when every job has ended. */
  allEnded(): Promise<void>;
};

const ENDED = new Set(["completed", "dead", "cancelled"]);

export function createOperator(url: string, token: string, signal: AbortSignal): Operator {
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const response = await fetch(url + path, { ...init, headers, signal }).catch(() => undefined);
      if (response?.ok) return (await response.json()) as T; // the app's own routes, whose answers we know
      if (response !== undefined && response.status < 500) throw new Error(`${path} answered ${response.status}.`);
      await delay(200, undefined, { signal });
    }
  };
  const all = async <T>(path: string): Promise<readonly T[]> => {
    const jobs: T[] = [];
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const page: { jobs: T[]; cursor?: string } = await ask(path + query);
      jobs.push(...page.jobs);
      cursor = page.cursor;
    }
    return jobs;
  };
  const operator: Operator = {
    async counts() {
      const { queues } = await ask<{ queues: { queue: string; counts: Record<string, number> }[] }>("/counts");
      const sums: Record<string, number> = {};
      for (const { queue, counts } of queues) {
        if (queue !== "deliveries" && queue !== "relays") continue;
        for (const [state, count] of Object.entries(counts)) sums[state] = (sums[state] ?? 0) + count;
      }
      return sums;
    },
    stats: () => ask<Metrics>("/stats?window=hour"),
    dead: () => all<DeadLetter>("/dead"),
    async waiting() {
      // Without a filter, and in the order of the ids: no job changes its state between two questions and is in neither.
      const jobs = await all<{ state: string; metadata: { delivery: string } }>("/jobs");
      return new Set(jobs.filter(({ state }) => !ENDED.has(state)).map(({ metadata }) => metadata.delivery));
    },
    errors: async () => (await ask<{ errors: DeadError[] }>("/dead/errors")).errors,
    async replay(letters) {
      const jobs = letters.map(({ id, partition }) => ({ id, partition }));
      if (jobs.length === 0) return 0;
      const answer = await ask<{ jobs: { status: string }[] }>("/dead/replay", { jobs });
      return answer.jobs.filter(({ status }) => status === "done").length;
    },
    async allEnded() {
      for (;;) {
        const counts = await operator.counts();
        if (Object.entries(counts).every(([state, count]) => count === 0 || ENDED.has(state))) return;
        await delay(250, undefined, { signal });
      }
    },
  };
  return operator;
}
