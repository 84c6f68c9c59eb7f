import { LongshoreError, type Platform, systemPlatform } from "@longshore/core";
import type { Adapter, Presence, Pull, Renew } from "@longshore/core/adapter";

export type PresenceOptions = {
  /** 1 to 100 letters, digits and `_ . : -`: a host's name, say, that comes back with it. Default: a new one. */
  readonly id?: string;
  /** For how long it is alive after each sign of life, in ms: longer than the worker's `poll`. Default: 60 000. */
  readonly forMs?: number;
  /** For tests that own time and chance. */
  readonly platform?: Pick<Platform, "now" | "id">;
};

const ID = /^[\w.:-]{1,100}$/;
const FOR_MS = 60_000;
/** Of the time for which it is alive. */
const SAID_EVERY = 1 / 6;

/**
 * The same adapter for one worker with a loop, which is known to the store from then on: alive, with how many slots, and
 * how busy. There is no timer: a worker that claims or renews is alive, and a loop that hangs is not. For `metrics` and
 * for rules about missing workers. Fails with `invalid_name` or `invalid_option`.
 *
 * ```ts
 * createWorker(withPresence(adapter, { id: hostname() }), { handlers }).start();
 * ```
 */
export function withPresence<A extends Adapter & Pull & Renew & Presence>(
  adapter: A,
  options: PresenceOptions = {},
): A {
  const { platform = systemPlatform, forMs = FOR_MS, id = platform.id() } = options;
  if (!ID.test(id)) {
    throw new LongshoreError(
      "invalid_name",
      `The worker's id must be text like ${ID}; got ${JSON.stringify(id.slice(0, 60))}.`,
    );
  }
  if (!(forMs >= 1_000 && forMs < Infinity)) {
    throw new LongshoreError("invalid_option", `The worker's forMs must be at least 1000; got ${forMs}.`);
  }
  /** When the leases that it holds are over, by their tokens: what is never settled leaves by itself. */
  const held = new Map<number, number>();
  let slots = 0;
  let saidAt = -Infinity;

  const live = (now: number): void => {
    for (const [token, until] of held) if (until <= now) held.delete(token);
    if (now - saidAt < forMs * SAID_EVERY) return;
    saidAt = now;
    // Work never waits for this, nor fails with it: the next sign of life makes up for one that was lost.
    adapter.announce({ id, slots: Math.max(slots, held.size), busy: held.size }, forMs).catch(() => {});
  };

  return {
    ...adapter,
    async claim(request) {
      const jobs = await adapter.claim(request);
      const now = platform.now();
      slots = held.size + request.queues.reduce((sum, { limit }) => sum + limit, 0);
      for (const { token } of jobs) held.set(token, now + request.leaseMs);
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
