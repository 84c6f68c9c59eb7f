export type AlarmStorage = Pick<DurableObjectStorage, "getAlarm" | "setAlarm">;

/** The object's one alarm, as far as we know. By the real clock. */
export type Alarm = {
  load(): Promise<void>;
  /** It fired, so none stands. */
  fired(): void;
  /** Sees to it that one stands, and not after this instant. Setting one is billed like a row. */
  setBy(at: number): void;
};

/** So much later than the alarm before, at least: one that is set to a time past comes again and again. */
const SPACING_MS = 1_000;
const LEAST_MS = 10;
/** Instants far ahead are beyond what the platform can count; then it fires for nothing once a month. */
const FURTHEST_MS = 30 * 86_400_000;
/** An alarm that is so late was lost. */
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
      // After the one that is running, in any case: set to exactly its time, the platform would take it for done.
      const target = Math.min(Math.max(at, now + LEAST_MS, firedAt + SPACING_MS), now + FURTHEST_MS);
      if (standsAt <= target && standsAt > now - LATE_MS) return;
      standsAt = target;
      ctx.waitUntil(storage.setAlarm(target));
    },
  };
}
