import type { JobRequest } from "@longshore/core";
import { type ActorContext, attempt, queueOf } from "./clients.ts";
import { scriptedJob as job } from "./scripted-jobs.ts";
import { NO_FAULTS, type Plan } from "./plan.ts";

/** A short history without randomness that uses every verb, to be broken in one place after the other. */
export function scriptPlan(leaseMs: number): Plan {
  return {
    seed: 3,
    script: true,
    producers: 1,
    workers: 1,
    schedulers: 1,
    operators: 0,
    jobs: 0,
    chaosMs: 1.5 * leaseMs,
    skewMs: 0,
    schedules: [{ name: "each", periodMs: 10_000, missed: { all: 1_000 } }],
    rates: NO_FAULTS,
  };
}

const MOST_TRIES = 30;

/** Uses the verbs as a persistent client does: calls without an answer are repeated with the same ids. */
export async function followScript(actor: ActorContext): Promise<void> {
  const { process, checker } = actor;
  const queue = queueOf(actor);
  const ask = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    for (let tried = 0; tried < MOST_TRIES; tried++) {
      const answer = await attempt(actor, call);
      if (answer !== undefined) return answer;
      await process.sleep(300);
    }
    return undefined;
  };
  const enqueue = async (...requests: JobRequest[]): Promise<void> => {
    const answers = await ask(() => queue.enqueueMany(requests));
    for (const { id } of answers ?? []) checker.acknowledged(id);
  };
  const done = async (call: () => Promise<void>): Promise<unknown> => ask(async () => call().then(() => true));

  await enqueue(job("a", "completes"), job("b", "fails once"), job("c", "fails permanently"), job("d", "snoozes once"));
  await enqueue(job("e", "has a follow-up"), job("f", "is slow"));
  await done(() => queue.pause("default"));
  await enqueue(job("g", "completes"), job("later", "completes", { delay: "1h" }));
  await enqueue(job("never", "completes", { delay: "1h" }), job("gone", "completes", { delay: "1h" }));
  await ask(() => queue.counts());
  await done(() => queue.resume("default"));
  await ask(() => queue.runNow("later"));
  await ask(() => queue.cancel("never"));
  await ask(() => queue.remove("gone"));
  await process.sleep(3_000);
  await ask(() => queue.list({ state: "dead" }));
  await ask(() => queue.replay("c"));
  await ask(() => queue.get("f"));
}
