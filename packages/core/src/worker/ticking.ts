import { logTo } from "../runtime/logger.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { prune } from "./prune.ts";
import type { Services } from "./services.ts";

/** What a worker does from time to time: its schedules fire, and it prunes. */
export type Ticking = {
  /** As a worker's `tick`. */
  tick(only?: readonly string[]): Promise<number | undefined>;
  /** For a loop, which goes on claiming meanwhile if it prunes. Returns the ms until its next call. Never rejects. */
  tickSafely(): Promise<number>;
  /** Resolves once nothing is pruned for a loop; undefined if nothing was. */
  pruned(): Promise<unknown> | undefined;
};

/** How long a loop waits after a failed tick. */
const TICK_AGAIN_MS = 5_000;
const PRUNE_EVERY_MS = 60_000;

export function createTicking(services: Services, schedules: readonly Schedule[]): Ticking {
  const { platform, log } = services;
  let pruneAt = -Infinity;
  let pruned: Promise<unknown> | undefined;

  const pruneInTime = async (): Promise<void> => {
    if (platform.monotonic() < pruneAt) return;
    pruneAt = platform.monotonic() + PRUNE_EVERY_MS;
    await prune(services);
  };
  const fire = async (wanted = schedules): Promise<number | undefined> => wanted[0]?.fire(services, wanted);
  const tickFailed = (error: unknown): number => {
    logTo(log, "error", "a tick failed", { error });
    return TICK_AGAIN_MS;
  };

  return {
    async tick(only) {
      if (only) return fire(schedules.filter(({ name }) => only.includes(name)));
      const pruning = pruneInTime();
      pruning.catch(() => {}); // schedules fire even if it fails
      const nextMs = await fire();
      await pruning;
      return nextMs;
    },
    tickSafely() {
      const fired = fire().then((nextMs = Infinity) => Math.min(nextMs, PRUNE_EVERY_MS), tickFailed);
      // One promise later than the loop, which sends its claim first: that has the connection that is open.
      pruned = Promise.all([pruned, fired]).then(pruneInTime).catch(tickFailed);
      return fired;
    },
    pruned: () => pruned,
  };
}
