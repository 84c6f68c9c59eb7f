import { type Duration, type Platform, systemPlatform } from "@longshore/core";
import {
  type Adapter,
  type Checks,
  type Presence,
  type Pull,
  type Renew,
  checkOptions,
  duration,
  withMethods,
  text,
  toMs,
} from "@longshore/core/adapter";

export type HeartbeatOptions = {
  /** 1 to 100 letters, digits and `_ . : -`, such as a host's name, which survives a restart. Default: a new one. */
  readonly id?: string | undefined;
  /**
   * How long the worker counts as alive after each sign of life; at least 1 s. Its worker's `poll` may be at most half
   * of it. Default: `"1m"`.
   */
  readonly for?: Duration | undefined;
  /** For tests that control time and chance. */
  readonly platform?: Pick<Platform, "now" | "id"> | undefined;
};

const CHECKS: Checks<HeartbeatOptions> = {
  id: text("1 to 100 ASCII letters, digits or _.:-", /^[\w.:-]{1,100}$/, "invalid_name"),
  for: duration(1_000),
  platform: withMethods("now", "id"),
};
/** The least time between two signs of life, as a share of `for`. */
const SAID_EVERY = 1 / 6;

/**
 * Wraps an adapter for one worker with a loop, so that the store knows that the worker is alive, how many slots it has,
 * and how many are busy. There is no timer: claims and renewals are the signs of life, so a loop that hangs gives none.
 * For `metrics` and for rules about missing workers. Fails with `invalid_name`, `invalid_option` or `invalid_duration`.
 *
 * ```ts
 * createWorker(withHeartbeat(adapter, { id: hostname() }), { handlers }).start();
 * ```
 */
export function withHeartbeat<A extends Adapter & Pull & Renew & Presence>(
  adapter: A,
  options: HeartbeatOptions = {},
): A {
  withMethods("announce", "claim", "renew")(adapter, "adapter of withHeartbeat");
  checkOptions("withHeartbeat", options, CHECKS);
  const { platform = systemPlatform, for: alive = "1m", id = platform.id() } = options;
  const forMs = toMs(alive);
  /** When each lease that the worker holds ends, by token: a lease that is never settled drops out by itself. */
  const held = new Map<number, number>();
  let slots = 0;
  let saidAt = -Infinity;

  const live = (now: number): void => {
    for (const [token, until] of held) if (until <= now) held.delete(token);
    if (now - saidAt < forMs * SAID_EVERY) return;
    saidAt = now;
    // Work never waits for this or fails with it: the next sign of life replaces a lost one.
    adapter.announce({ id, slots: Math.max(slots, held.size), busy: held.size }, forMs).catch(() => {});
  };

  return {
    ...adapter,
    // An idle loop gives no sign of life between two polls.
    traits: { ...adapter.traits, maxPollMs: Math.floor(forMs / 2) },
    async claim(request) {
      const jobs = await adapter.claim(request);
      const now = platform.now();
      slots = held.size + request.queues.reduce((sum, { limit }) => sum + limit, 0);
      for (const { token, expired } of jobs) if (!expired) held.set(token, now + request.leaseMs);
      live(now);
      return jobs;
    },
    async settle(settlements) {
      const answers = await adapter.settle(settlements);
      for (const { token } of settlements) held.delete(token);
      return answers;
    },
    async renew(leases, leaseMs) {
      const answers = await adapter.renew(leases, leaseMs);
      const now = platform.now();
      leases.forEach(({ token }, i) => (answers[i] === "held" ? held.set(token, now + leaseMs) : held.delete(token)));
      live(now);
      return answers;
    },
  };
}
