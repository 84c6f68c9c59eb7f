import { type JobRequest, type Platform, systemPlatform } from "@longshore/core";
import { type NewJob, checkOptions, withMethods, newJobs } from "@longshore/core/adapter";
import { DEFAULT_LEASE, traitsWith } from "../traits.ts";

/**
 * Checks requests and turns them into jobs for `store.enqueue`, so that nothing is left to await or to fail inside a
 * transaction. Fails as `queue.enqueueMany` does.
 *
 * ```ts
 * const jobs = await prepareJobs([confirm.with({ orderId })]);
 * ctx.storage.transactionSync(() => {
 *   ctx.storage.sql.exec("INSERT INTO orders VALUES (?)", orderId);
 *   this.#jobs.store.enqueue(jobs);
 * });
 * ```
 */
export async function prepareJobs(
  requests: readonly JobRequest[],
  options: { readonly platform?: Platform | undefined } = {},
): Promise<readonly NewJob[]> {
  checkOptions("prepareJobs", options, { platform: withMethods("now", "id") });
  return newJobs(requests, traitsWith(DEFAULT_LEASE), options.platform ?? systemPlatform);
}
