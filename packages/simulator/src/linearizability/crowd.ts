import { seeded } from "@longshore/conformance";
import { DAY, SECOND, complete, dead, leaseOf, newJob, retry, snooze } from "@longshore/conformance/tools";
import type { JobRef, Lease, NewJob, Outcome, Store } from "@longshore/core/adapter";

export type CrowdOptions = {
  /** Same seed, same clients: what each does next follows from it and from the answers that the client got. */
  readonly seed: number;
  /** Default: 4. */
  readonly clients?: number;
  /** How many calls each makes, one after the other. Default: 12. */
  readonly calls?: number;
  /** Moves the store's clock; some call it now and then. Left out, time is left alone. */
  readonly pass?: (ms: number) => void;
  /** What happens to a store: a restart, a reset. Some call it now and then while the others go on. */
  readonly disturb?: () => Promise<void>;
};

/** Few, so that the clients meet. Those of one partition may follow each other; a store of many parts keeps them in one. */
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
 * Several clients at once who do at random whatever can be done to a few jobs, some of it with each other's tokens.
 * A call that rejects is left at that. Give it a recorded store, and what it did to `checkHistory`.
 */
export async function crowd(store: Store, options: CrowdOptions): Promise<void> {
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
