import type { Case } from "../case.ts";
import { brokerCases } from "./contract/broker.ts";
import { claimCases } from "./contract/claim.ts";
import { clockCases } from "./pipeline/clocks.ts";
import { eventCases } from "./pipeline/events.ts";
import { workerLeaseCases } from "./pipeline/leases.ts";
import { lifecycleCases } from "./pipeline/lifecycle.ts";
import { hostileInputCases } from "./pipeline/hostile.ts";
import { inputCases } from "./pipeline/inputs.ts";
import { lateReplyCases } from "./pipeline/late-replies.ts";
import { loopCases } from "./pipeline/loops.ts";
import { occurrenceCases } from "./pipeline/occurrences.ts";
import { refusalCases } from "./pipeline/refusals.ts";
import { replyCases } from "./pipeline/replies.ts";
import { retryCases } from "./pipeline/retries.ts";
import { stopCases } from "./pipeline/stops.ts";
import { timeoutCases } from "./pipeline/timeouts.ts";
import { controlCases } from "./contract/control.ts";
import { durableCases } from "./contract/durable.ts";
import { enqueueCases } from "./contract/enqueue.ts";
import { hostileCases } from "./contract/hostile.ts";
import { inspectCases } from "./contract/inspect.ts";
import { leaseCases } from "./contract/lease.ts";
import { manifestCases } from "./contract/manifest.ts";
import { nextCases } from "./contract/next.ts";
import { orderCases } from "./contract/order.ts";
import { pauseCases } from "./contract/pause.ts";
import { presenceCases } from "./contract/presence.ts";
import { pruneCases } from "./contract/prune.ts";
import { scheduleCases } from "./contract/schedules.ts";
import { settleCases } from "./contract/settle.ts";
import { statsCases } from "./contract/stats.ts";
import { uniqueCases } from "./contract/unique.ts";
import { waitCases } from "./contract/waits.ts";
import { wakeCases } from "./contract/wake.ts";

/** Every case of the suite. The manifest's are first, because the others rely on what it says. */
export const cases: readonly Case[] = [
  ...manifestCases,
  ...enqueueCases,
  ...uniqueCases,
  ...claimCases,
  ...orderCases,
  ...leaseCases,
  ...settleCases,
  ...waitCases,
  ...nextCases,
  ...controlCases,
  ...pauseCases,
  ...inspectCases,
  ...hostileCases,
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
  ...replyCases,
  ...lateReplyCases,
  ...eventCases,
  ...loopCases,
  ...stopCases,
  ...occurrenceCases,
  ...refusalCases,
  ...hostileInputCases,
];
