import { seeded } from "@longshore/conformance";
import { DAY, SECOND, complete, dead, leaseOf, newJob, retry, snooze } from "@longshore/conformance/tools";
import type { JobRef, Lease, NewJob, Outcome, Store } from "@longshore/core/adapter";

export type ConcurrentClientsOptions = {
  /** The same seed makes the same clients: each decides by it and by the answers that it got. */
  readonly seed: number;
  /** Default: 4. */
  readonly clients?: number;
  /** How many calls each client makes, one after the other. Default: 12. */
  readonly calls?: number;
  /** Moves the store's clock; clients sometimes call it. Default: time is left alone. */
  readonly pass?: (ms: number) => void;
  /** Does something to the store, such as a restart; clients sometimes call it while others continue. */
  readonly disturb?: () => Promise<void>;
};

/** Few jobs, so that clients collide. Jobs of one partition can follow each other, even in a sharded store. */
const JOBS: readonly JobRef[] = [
  { id: "a", partition: "p" },
  { id: "b", partition: "p" },
  { id: "c", partition: "q" },
];
const LEASE_MS = 30 * SECOND;
const DELAYS: readonly number[] = [0, 0, 0, 5 * SECOND];
const OUTCOMES: readonly ((delayMs: number) => Outcome)[] = [
  () => complete,
  () => complete,
  (delayMs) => retry(delayMs),
  (delayMs) => retry(delayMs),
  (delayMs) => snooze(delayMs),
  () => dead(),
];
const PASSES: readonly number[] = [1, SECOND, 5 * SECOND, LEASE_MS];

/**
 * Runs several clients at once that do random operations on a few jobs, sometimes with each other's tokens. Rejected
 * calls are ignored. Give it a recorded store, and the recorded calls to `checkHistory`.
 */
export async function runConcurrentClients(store: Store, options: ConcurrentClientsOptions): Promise<void> {
  const { seed, clients = 4, calls = 12, pass, disturb } = options;
  const leases: Lease[] = [];

  const client = async (random: () => number): Promise<void> => {
    const own: Lease[] = [];
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T; // none of them is empty
    const chosen = (): Lease =>
      (own.length > 0 && random() < 0.8 ? own.at(-1) : leases.at(-1)) ?? { ...pick(JOBS), token: 1 };
    const job = ({ id, partition }: JobRef = pick(JOBS)): NewJob =>
      newJob(id, { partition, due: { inMs: pick(DELAYS) }, keepMs: pick([0, 10 * SECOND, DAY]) });
    const claim = async (): Promise<void> => {
      const got = await store.claim({ queues: [{ name: "default", limit: pick([1, 1, 2]) }], leaseMs: LEASE_MS });
      const held = got.map(leaseOf);
      own.push(...held);
      leases.push(...held);
    };
    const settle = (): Promise<unknown> => {
      const outcome = pick(OUTCOMES)(pick(DELAYS));
      const lease = chosen();
      if (outcome.type !== "complete" || random() < 0.8) return store.settle([{ ...lease, outcome }]);
      const followers = JOBS.filter(({ partition }) => partition === lease.partition);
      return store.settle([{ ...lease, outcome, next: [job(pick(followers))] }]);
    };
    const ways: readonly (readonly [weight: number, call: () => Promise<unknown>])[] = [
      [22, () => store.enqueue(random() < 0.7 ? [job()] : [job(), job()])],
      [26, claim],
      [24, settle],
      [6, () => store.renew([chosen()], LEASE_MS)],
      [8, () => store.get(JOBS)],
      [4, () => store.cancel([pick(JOBS)])],
      [5, () => store.replay([pick(JOBS)])],
      [2, () => store.runNow([pick(JOBS)])],
      [3, () => store.remove([pick(JOBS)])],
    ];
    for (let call = 0; call < calls; call++) {
      if (random() < 0.15) pass?.(pick(PASSES));
      if (disturb !== undefined && random() < 0.1) await disturb();
      let left = random() * 100;
      const [, way] = ways.find(([weight]) => (left -= weight) < 0) ?? [0, claim];
      await way().catch(() => {});
    }
  };

  await Promise.all(Array.from({ length: clients }, (_, n) => client(seeded(seed * 1_000 + n))));
}
