import type { Adapter, Lease, Renew, RenewAnswer } from "./contract.ts";
import type { Run } from "./execute.ts";
import type { Logger } from "./logger.ts";
import { type Platform, withDeadline } from "./platform.ts";

/** Keeps the leases of everything held, also of what waits for a slot, at a third of their length. */
export type Renewal = {
  /** When `renew` wants to be called next; `Infinity` while nothing is held. */
  readonly at: number;
  /** A lease was taken, by a call sent at this instant. */
  begin(sentAt: number): void;
  end(): void;
  renew(): void;
};

export function createRenewal(
  adapter: Adapter & Partial<Renew>,
  held: ReadonlySet<Run>,
  platform: Platform,
  log: Logger,
  lost: (run: Run, reason: "taken" | "cancelled") => void,
  /** `at` has changed, or a lease was lost. */
  changed: () => void,
): Renewal {
  const { leaseMs } = adapter.traits;
  const everyMs = leaseMs / 3;
  let at = Infinity;

  const call = async (leases: readonly Lease[]): Promise<readonly RenewAnswer[]> =>
    (await adapter.renew?.(leases, leaseMs)) ?? [];
  const apply = (run: Run, answer: RenewAnswer | undefined, lease: Run["lease"]): void => {
    // Once it is decided, the answer to its settlement is the one that counts: this one may be older.
    if (run.settled || run.outcome !== undefined) return;
    if (answer === "held") run.lease = lease;
    if (answer === "lost") lost(run, "taken");
    if (answer === "cancelled") lost(run, "cancelled");
  };

  return {
    get at() {
      return at;
    },
    begin(sentAt) {
      if (at === Infinity && adapter.renew !== undefined) at = sentAt + everyMs;
    },
    end() {
      at = Infinity;
    },
    renew() {
      const runs = [...held].filter((run) => !run.settled);
      const sentAt = platform.now();
      at = sentAt + everyMs;
      const leases = runs.map(({ job: { id, partition, token } }) => ({ id, partition, token }));
      withDeadline(platform, everyMs, "renewal", () => call(leases)).then(
        (answers) => {
          const lease = { until: sentAt + leaseMs };
          runs.forEach((run, i) => apply(run, answers[i], lease));
          changed();
        },
        (error: unknown) => {
          log.warn("renewing leases failed, trying again", { error });
          if (at !== Infinity) at = platform.now() + leaseMs / 10;
          changed();
        },
      );
    },
  };
}
