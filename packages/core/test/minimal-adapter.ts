import type { Adapter, NewJob, Traits } from "../src/adapter.ts";

type StoreTraits = Traits & {
  readonly unique: true;
  readonly uniqueKeys: true;
  readonly dependencies: true;
  readonly expiry: true;
  readonly ordered: true;
};

/** An adapter that takes everything and keeps nothing: what was sent can be looked at. */
export function minimalAdapter(traits: Partial<Traits> = {}): Adapter<StoreTraits> & { readonly sent: NewJob[] } {
  const sent: NewJob[] = [];
  return {
    name: "minimalAdapter",
    traits: {
      durable: false,
      unique: true,
      uniqueKeys: true,
      dependencies: true,
      expiry: true,
      ordered: true,
      fenced: false,
      maxDelayMs: 86_400_000,
      delayStepMs: 1,
      maxRunMs: 900_000,
      maxPayloadBytes: 1_000,
      leaseMs: 30_000,
      ...(traits as Partial<StoreTraits>), // a test may say at run time what its types do not
    },
    sent,
    async enqueue(jobs) {
      sent.push(...jobs);
      return jobs.map(() => ({ status: "created" }));
    },
    settle: async (settlements) => settlements.map(() => "accepted"),
  };
}
