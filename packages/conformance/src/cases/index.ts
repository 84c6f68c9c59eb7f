import type { Case } from "../case.ts";
import { brokerCases } from "./broker.ts";
import { claimCases } from "./claim.ts";
import { clockCases } from "./core/clocks.ts";
import { eventCases } from "./core/events.ts";
import { workerLeaseCases } from "./core/leases.ts";
import { lifecycleCases } from "./core/lifecycle.ts";
import { hostileInputCases } from "./core/hostile.ts";
import { inputCases } from "./core/inputs.ts";
import { lateReplyCases } from "./core/late-replies.ts";
import { loopCases } from "./core/loops.ts";
import { occurrenceCases } from "./core/occurrences.ts";
import { refusalCases } from "./core/refusals.ts";
import { replyCases } from "./core/replies.ts";
import { retryCases } from "./core/retries.ts";
import { stopCases } from "./core/stops.ts";
import { timeoutCases } from "./core/timeouts.ts";
import { controlCases } from "./control.ts";
import { durableCases } from "./durable.ts";
import { enqueueCases } from "./enqueue.ts";
import { hostileCases } from "./hostile.ts";
import { inspectCases } from "./inspect.ts";
import { leaseCases } from "./lease.ts";
import { manifestCases } from "./manifest.ts";
import { nextCases } from "./next.ts";
import { orderCases } from "./order.ts";
import { pauseCases } from "./pause.ts";
import { presenceCases } from "./presence.ts";
import { pruneCases } from "./prune.ts";
import { scheduleCases } from "./schedules.ts";
import { settleCases } from "./settle.ts";
import { statsCases } from "./stats.ts";
import { uniqueCases } from "./unique.ts";
import { waitCases } from "./waits.ts";
import { wakeCases } from "./wake.ts";

/** Every case of the suite. The manifest's come first: the others believe what it says. */
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
