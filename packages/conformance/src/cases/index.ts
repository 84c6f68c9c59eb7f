import type { Case } from "../case.ts";
import { brokerCases } from "./contract/broker.ts";
import { claimCases } from "./contract/claim.ts";
import { clockCases } from "./pipeline/clocks.ts";
import { eventCases } from "./pipeline/events.ts";
import { workerLeaseCases } from "./pipeline/leases.ts";
import { lifecycleCases } from "./pipeline/lifecycle.ts";
import { hostilePayloadCases } from "./pipeline/hostile-payloads.ts";
import { inputCases } from "./pipeline/inputs.ts";
import { lateReplyCases } from "./pipeline/late-replies.ts";
import { workerLoopCases } from "./pipeline/worker-loop.ts";
import { occurrenceCases } from "./pipeline/occurrences.ts";
import { limitCases } from "./pipeline/limits.ts";
import { lostReplyCases } from "./pipeline/lost-replies.ts";
import { retryCases } from "./pipeline/retries.ts";
import { shutdownCases } from "./pipeline/shutdown.ts";
import { timeoutCases } from "./pipeline/timeouts.ts";
import { controlCases } from "./contract/control.ts";
import { durableCases } from "./contract/durable.ts";
import { enqueueCases } from "./contract/enqueue.ts";
import { hostileInputCases } from "./contract/hostile-input.ts";
import { inspectCases } from "./contract/inspect.ts";
import { leaseCases } from "./contract/lease.ts";
import { traitCases } from "./contract/traits.ts";
import { followUpCases } from "./contract/follow-ups.ts";
import { orderCases } from "./contract/order.ts";
import { pauseCases } from "./contract/pause.ts";
import { presenceCases } from "./contract/presence.ts";
import { pruneCases } from "./contract/prune.ts";
import { scheduleCases } from "./contract/schedules.ts";
import { settleCases } from "./contract/settle.ts";
import { statsCases } from "./contract/stats.ts";
import { uniqueCases } from "./contract/unique.ts";
import { snoozeReasonCases } from "./contract/snooze-reasons.ts";
import { wakeCases } from "./contract/wake.ts";

/** Every case of the suite. The manifest's are first, because the others rely on what it says. */
export const cases: readonly Case[] = [
  ...traitCases,
  ...enqueueCases,
  ...uniqueCases,
  ...claimCases,
  ...orderCases,
  ...leaseCases,
  ...settleCases,
  ...snoozeReasonCases,
  ...followUpCases,
  ...controlCases,
  ...pauseCases,
  ...inspectCases,
  ...hostileInputCases,
  ...scheduleCases,
  ...wakeCases,
  ...pruneCases,
  ...brokerCases,
  ...durableCases,
  ...statsCases,
  ...presenceCases,
  // From here on, the core's own queue and worker over the adapter.
  ...lifecycleCases,
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
  ...limitCases,
  ...hostilePayloadCases,
];
