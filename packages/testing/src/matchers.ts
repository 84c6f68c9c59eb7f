import { type AnyJob, type Listable, type MatchOf, findJobs } from "./enqueued.ts";
import type { IdempotencyReport } from "./idempotency.ts";
import type { MatchOptions } from "./match.ts";
import type { Performed } from "./perform-job.ts";
import { found as foundText, wanted, whatThereIs } from "./wording.ts";

/** What a matcher answers, to vitest, Jest or Bun. */
export type Verdict = { readonly pass: boolean; message(): string };

/** For `expect.extend` of any test runner; `@longshore/testing/vitest` does so for vitest, with types. */
export const matchers: {
  toHaveEnqueued<D extends AnyJob>(
    queue: Listable,
    definition: D,
    match?: MatchOf<D>,
    options?: MatchOptions,
  ): Promise<Verdict>;
  toHaveOutcome(performed: Performed<AnyJob>, outcome: Performed<AnyJob>["outcome"]): Verdict;
  toBeIdempotent(report: IdempotencyReport): Verdict;
} = {
  async toHaveEnqueued(queue, definition, match, options = {}) {
    if (typeof Object(queue).list !== "function")
      throw new TypeError("expect(…).toHaveEnqueued needs a queue with list");
    const { found, all } = await findJobs(queue, definition, match, options);
    const { name } = definition;
    const asked = wanted(name, match, options);
    return {
      pass: found.length > 0,
      message: () =>
        found.length > 0
          ? `Expected no job ${asked}, but ${foundText(found)}`
          : `Expected a job ${asked}. ${whatThereIs(name, all)}`,
    };
  },
  toHaveOutcome({ outcome, failure, error }, expected) {
    const why = failure === undefined ? "" : `: ${failure}`;
    const stack = (error as Error | undefined)?.stack; // whatever was thrown
    return {
      pass: outcome === expected,
      message: () =>
        outcome === expected
          ? `Expected the outcome not to be ${expected}`
          : `Expected the outcome ${expected}, but it was ${outcome}${why}${stack === undefined ? "" : `\n${stack}`}`,
    };
  },
  toBeIdempotent({ idempotent, effects, summary }) {
    return {
      pass: idempotent,
      message: () =>
        idempotent
          ? `Expected a handler that is not idempotent, but nothing deviated: ${effects.join(", ")}`
          : `Expected an idempotent handler, but:\n${summary}`,
    };
  },
};
