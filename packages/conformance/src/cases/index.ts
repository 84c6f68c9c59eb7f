import type { Case } from "../case.ts";
import { ageingCases } from "./contract/ageing.ts";
import { brokerCases } from "./contract/broker.ts";
import { claimCases } from "./contract/claim.ts";
import { controlCases } from "./contract/control.ts";
import { dependencyCases } from "./contract/dependencies.ts";
import { failedParentCases } from "./contract/failed-parents.ts";
import { depthCases } from "./contract/depth.ts";
import { durableCases } from "./contract/durable.ts";
import { enqueueCases } from "./contract/enqueue.ts";
import { expiryCases } from "./contract/expiry.ts";
import { followUpCases } from "./contract/follow-ups.ts";
import { hostileInputCases } from "./contract/hostile-input.ts";
import { inOrderCases } from "./contract/in-order.ts";
import { inspectCases } from "./contract/inspect.ts";
import { listCases } from "./contract/list.ts";
import { keyCases } from "./contract/keys.ts";
import { jobLimitCases } from "./contract/limits.ts";
import { leaseCases } from "./contract/lease.ts";
import { staleTokenCases } from "./contract/stale-token.ts";
import { manyScheduleCases } from "./contract/many-schedules.ts";
import { scheduleListCases } from "./contract/schedule-list.ts";
import { orderCases } from "./contract/order.ts";
import { pauseCases } from "./contract/pause.ts";
import { pauseForCases } from "./contract/pause-for.ts";
import { presenceCases } from "./contract/presence.ts";
import { pruneCases } from "./contract/prune.ts";
import { replayCases } from "./contract/replay.ts";
import { replacingCases } from "./contract/replacing.ts";
import { scheduleCases } from "./contract/schedules.ts";
import { settleCases } from "./contract/settle.ts";
import { snoozeReasonCases } from "./contract/snooze-reasons.ts";
import { statsCases } from "./contract/stats.ts";
import { throttleCases } from "./contract/throttle.ts";
import { traitCases } from "./contract/traits.ts";
import { uniqueCases } from "./contract/unique.ts";
import { updateCases } from "./contract/update.ts";
import { wakeCases } from "./contract/wake.ts";
import { ageingPipelineCases } from "./pipeline/ageing.ts";
import { bulkCases } from "./pipeline/bulk.ts";
import { bulkFamilyCases } from "./pipeline/bulk-families.ts";
import { clockCases } from "./pipeline/clocks.ts";
import { eventCases } from "./pipeline/events.ts";
import { depthPipelineCases } from "./pipeline/depth.ts";
import { expiryPipelineCases } from "./pipeline/expiry.ts";
import { handlerFollowUpCases } from "./pipeline/follow-ups.ts";
import { hostilePayloadCases } from "./pipeline/hostile-payloads.ts";
import { onDeadCases } from "./pipeline/on-dead.ts";
import { inputCases } from "./pipeline/inputs.ts";
import { dependencyPipelineCases } from "./pipeline/dependencies.ts";
import { keyPipelineCases } from "./pipeline/keys.ts";
import { concurrencyCases } from "./pipeline/concurrency.ts";
import { lateReplyCases } from "./pipeline/late-replies.ts";
import { workerLeaseCases } from "./pipeline/leases.ts";
import { lifecycleCases } from "./pipeline/lifecycle.ts";
import { limitCases } from "./pipeline/limits.ts";
import { lostReplyCases } from "./pipeline/lost-replies.ts";
import { manyCases } from "./pipeline/many.ts";
import { occurrenceJobCases } from "./pipeline/occurrence-jobs.ts";
import { occurrenceCases } from "./pipeline/occurrences.ts";
import { retryCases } from "./pipeline/retries.ts";
import { shutdownCases } from "./pipeline/shutdown.ts";
import { completionCases } from "./pipeline/completions.ts";
import { throttlePipelineCases } from "./pipeline/throttle.ts";
import { timeoutCases } from "./pipeline/timeouts.ts";
import { workerLoopCases } from "./pipeline/worker-loop.ts";

/** What an adapter's methods and traits promise. The cases of its traits are first, because the others rely on them. */
export const contractCases: readonly Case[] = [
  ...traitCases,
  ...enqueueCases,
  ...uniqueCases,
  ...keyCases,
  ...jobLimitCases,
  ...throttleCases,
  ...inOrderCases,
  ...expiryCases,
  ...depthCases,
  ...replacingCases,
  ...dependencyCases,
  ...failedParentCases,
  ...claimCases,
  ...orderCases,
  ...ageingCases,
  ...leaseCases,
  ...staleTokenCases,
  ...settleCases,
  ...snoozeReasonCases,
  ...followUpCases,
  ...controlCases,
  ...updateCases,
  ...replayCases,
  ...pauseCases,
  ...pauseForCases,
  ...inspectCases,
  ...listCases,
  ...hostileInputCases,
  ...scheduleCases,
  ...manyScheduleCases,
  ...scheduleListCases,
  ...wakeCases,
  ...pruneCases,
  ...brokerCases,
  ...durableCases,
  ...statsCases,
  ...presenceCases,
];

/** The core's queue and worker over the adapter. */
export const pipelineCases: readonly Case[] = [
  ...lifecycleCases,
  ...manyCases,
  ...keyPipelineCases,
  ...dependencyPipelineCases,
  ...concurrencyCases,
  ...ageingPipelineCases,
  ...throttlePipelineCases,
  ...expiryPipelineCases,
  ...depthPipelineCases,
  ...bulkCases,
  ...bulkFamilyCases,
  ...handlerFollowUpCases,
  ...onDeadCases,
  ...completionCases,
  ...inputCases,
  ...retryCases,
  ...timeoutCases,
  ...clockCases,
  ...workerLeaseCases,
  ...lostReplyCases,
  ...lateReplyCases,
  ...eventCases,
  ...workerLoopCases,
  ...shutdownCases,
  ...occurrenceCases,
  ...occurrenceJobCases,
  ...limitCases,
  ...hostilePayloadCases,
];

/** Every case of the suite. */
export const cases: readonly Case[] = [...contractCases, ...pipelineCases];
