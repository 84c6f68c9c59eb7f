import { brokerSaboteurs } from "./brokers.ts";
import { claimSaboteurs } from "./claims.ts";
import { enqueueSaboteurs } from "./enqueues.ts";
import { inOrderSaboteurs } from "./in-order.ts";
import { depthSaboteurs } from "./depth.ts";
import { expirySaboteurs } from "./expiry.ts";
import { keySaboteurs } from "./keys.ts";
import { limitSaboteurs } from "./limits.ts";
import { familySaboteurs } from "./families.ts";
import { inspectSaboteurs } from "./inspect.ts";
import { operatorSaboteurs } from "./operators.ts";
import { followUpSaboteurs } from "./follow-ups.ts";
import { leaseSaboteurs } from "./leases.ts";
import { completionSaboteurs } from "./completions.ts";
import { settleSaboteurs } from "./settlements.ts";
import { presenceSaboteurs } from "./presence.ts";
import type { Saboteur } from "./saboteur.ts";
import { statsSaboteurs } from "./stats.ts";
import { storeSaboteurs } from "./stores.ts";
import { pruneSaboteurs } from "./prune.ts";
import { scheduleSaboteurs } from "./schedules.ts";
import { wakeSaboteurs } from "./wake.ts";
import { wireSaboteurs } from "./wire.ts";
import { throttleSaboteurs } from "./throttle.ts";
import { updateSaboteurs } from "./updates.ts";
import { snoozeReasonSaboteurs } from "./snooze-reasons.ts";

export type { Saboteur } from "./saboteur.ts";

/** Adapters that are broken in one way each. The suite is as good as what it catches of them. */
export const saboteurs: readonly Saboteur[] = [
  ...enqueueSaboteurs,
  ...keySaboteurs,
  ...familySaboteurs,
  ...limitSaboteurs,
  ...throttleSaboteurs,
  ...expirySaboteurs,
  ...depthSaboteurs,
  ...inOrderSaboteurs,
  ...claimSaboteurs,
  ...settleSaboteurs,
  ...followUpSaboteurs,
  ...completionSaboteurs,
  ...leaseSaboteurs,
  ...snoozeReasonSaboteurs,
  ...operatorSaboteurs,
  ...updateSaboteurs,
  ...inspectSaboteurs,
  ...wakeSaboteurs,
  ...scheduleSaboteurs,
  ...pruneSaboteurs,
  ...storeSaboteurs,
  ...statsSaboteurs,
  ...presenceSaboteurs,
  ...brokerSaboteurs,
  ...wireSaboteurs,
];
