import type { Adapter, Enqueue, Traits } from "../contract/contract.ts";
import { isAccepted } from "../contract/lifecycle.ts";
import { LongshoreError } from "../values/errors.ts";
import { withMethods } from "../values/options.ts";
import type { JobContext } from "./handler.ts";
import { outcomeOfResult } from "./outcomes.ts";
import type { Run } from "./run.ts";

/** What `within` of a store makes for the user's open transaction: its effects exist if and only if that commits. */
export type Within<T extends Traits = Traits> = Enqueue<T> & {
  /**
   * Completes the job of a handler, which passes its context and its result, as it would return it: the job is completed
   * if and only if the transaction commits. The worker sends nothing after that. If the transaction rolls back, the
   * handler throws, and its attempt has failed as usual. Follow-up jobs of `context.enqueue` before this belong to the
   * transaction, too; later ones are refused (`attempt_over`).
   *
   * Fails if the job is no longer this worker's, so that the transaction rolls back: with `cancelled`, or with
   * `lease_lost`. Fails with `attempt_over` once the attempt has ended, and with `invalid_option` for anything but a
   * context. The row of the job is locked until the transaction ends.
   */
  complete(context: JobContext, result?: unknown): Promise<void>;
};

/**
 * For stores with `within`: settles the job of a handler in a transaction. `settle` is the store's, in that transaction;
 * `committed` is called when the handler has returned, or when the store says that the transaction had committed.
 */
export async function completeWithin(
  context: JobContext,
  result: unknown,
  { settle, committed }: Pick<Adapter, "settle"> & { committed(): void },
): Promise<void> {
  withMethods("settlement")(context, "first argument of complete, the context of the handler,");
  const run = context as Run; // every context that a worker makes
  const { handler } = run;
  if (handler === undefined || run.outcome !== undefined) {
    throw new LongshoreError("attempt_over", "The attempt is over: await the transaction before the handler returns.");
  }
  run.sealed = true;
  const outcome = await outcomeOfResult(run, handler, result);
  const [answer] = await settle([run.settlement(outcome)]);
  if (answer === undefined || !isAccepted(answer)) {
    throw new LongshoreError(
      answer === "cancelled" ? answer : "lease_lost",
      `The job ${run.id} is no longer ours (${answer}): let the transaction roll back.`,
    );
  }
  run.completion = {
    outcome,
    committed() {
      committed();
      return answer;
    },
  };
}
