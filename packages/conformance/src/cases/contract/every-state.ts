import type { JobState } from "@longshore/core/adapter";
import type { Harness } from "../../harness.ts";
import { HOUR, SECOND, claimNew, claimOne, dead, enqueue, retry, settle, snooze } from "../../jobs.ts";

export const STATES: readonly JobState[] = [
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "completed",
  "dead",
  "cancelled",
];

/** One job in each state, two that run (one of them had to wait first), and one that has expired. */
export async function everyState(harness: Harness<"Pull" | "Inspect" | "Control">): Promise<void> {
  const { leaseMs } = harness.adapter.traits;
  await enqueue(harness, ["cancelled", "delayed", "waited"], { due: { inMs: HOUR } });
  await harness.adapter.cancel([{ id: "cancelled" }]);
  await harness.adapter.runNow([{ id: "waited" }]);
  await claimOne(harness, "waited");
  await settle(harness, await claimNew(harness, "completed"));
  await settle(harness, await claimNew(harness, "over", { keepMs: SECOND }));
  await settle(harness, await claimNew(harness, "dead"), dead());
  await settle(harness, await claimNew(harness, "failed"), retry(HOUR));
  await settle(harness, await claimNew(harness, "snoozed"), retry());
  await settle(harness, await claimOne(harness, "snoozed"), snooze(HOUR));
  await enqueue(harness, ["stalled"]);
  await harness.adapter.claim({ queues: [{ name: "default", limit: 1 }], leaseMs: leaseMs / 2 });
  await claimNew(harness, "active");
  await settle(harness, await claimNew(harness, "mail-dead", { queue: "mail" }), dead());
  await claimNew(harness, "mail-active", { queue: "mail" });
  await harness.pass(leaseMs / 2);
  await enqueue(harness, ["enqueued-1", "enqueued-2"]);
}
