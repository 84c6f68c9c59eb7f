import { type Handler, handle } from "@longshore/core";
import { cleanUpSessions, retrySweep } from "./jobs.ts";
import type { RecordKeeper } from "./records.ts";

const DIGESTS_FOR_MS = 30 * 86_400_000;

export function upkeepHandlers(records: Pick<RecordKeeper, "cleanUp">, sweep: () => Promise<void>): Handler[] {
  return [
    handle(cleanUpSessions, async (_input, { log }) => {
      const now = Date.now();
      log.info("cleaned up", await records.cleanUp(now, now - DIGESTS_FOR_MS));
    }),
    handle(retrySweep, sweep),
  ];
}
