export type AlarmStorage = Pick<DurableObjectStorage, "getAlarm" | "setAlarm">;

/** The object's one alarm, as far as we know. Times are those of the real clock. */
export type Alarm = {
  load(): Promise<void>;
  /** The alarm fired, so none is set. */
  fired(): void;
  /** Makes sure that an alarm is set for this time or earlier. Setting one is billed like a row. */
  setBy(at: number): void;
};

/** The least time between two alarms: one set to the past would fire again and again. */
const SPACING_MS = 1_000;
const LEAST_MS = 10;
/** The platform cannot set an alarm too far ahead, so it fires once a month for nothing. */
const FURTHEST_MS = 30 * 86_400_000;
/** An alarm that is later than this was lost. */
const LATE_MS = 60_000;

export function createAlarm(ctx: { readonly storage: AlarmStorage; waitUntil(work: Promise<unknown>): void }): Alarm {
  const { storage } = ctx;
  let standsAt = Infinity;
  let firedAt = -Infinity;
  return {
    async load() {
      standsAt = (await storage.getAlarm()) ?? Infinity;
    },
    fired() {
      standsAt = Infinity;
      firedAt = Date.now();
    },
    setBy(at) {
      const now = Date.now();
      // Always after the running one: the platform would take an alarm at the same time for done.
      const target = Math.min(Math.max(at, now + LEAST_MS, firedAt + SPACING_MS), now + FURTHEST_MS);
      if (standsAt <= target && standsAt > now - LATE_MS) return;
      standsAt = target;
      ctx.waitUntil(storage.setAlarm(target));
    },
  };
}
