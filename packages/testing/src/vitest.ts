/**
 * Matchers for vitest: import it once, in a setup file or in a test.
 *
 * ```ts
 * import "@longshore/testing/vitest";
 * await expect(queue).toHaveEnqueued(welcome, { userId: 42 }, { delay: "3d" });
 * ```
 */
import { expect } from "vitest";
import type { AnyJob, MatchOf } from "./enqueued.ts";
import type { MatchOptions } from "./match.ts";
import { matchers } from "./matchers.ts";
import type { Performed } from "./perform-job.ts";

declare module "vitest" {
  // vitest declares both parameters, and so does each that adds to it.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * A queue, over any adapter that lists its jobs, has a job of this definition that matches, in any state. Shows what
     * it has instead. Await it.
     */
    toHaveEnqueued<D extends AnyJob>(definition: D, match?: MatchOf<D>, options?: MatchOptions): Promise<void>;
    /** What `performJob` returned has this outcome. Shows the failure, and the stack of what was thrown. */
    toHaveOutcome(outcome: Performed<AnyJob>["outcome"]): R;
    /** A report of `checkIdempotent` has no deviation. Shows what happened how often, and when. */
    toBeIdempotent(): R;
  }
}

expect.extend(matchers);
