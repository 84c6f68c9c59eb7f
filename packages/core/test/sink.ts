import type { Adapter, NewJob, Traits } from "../src/adapter.ts";

/** An adapter that takes everything and keeps nothing: what was sent can be looked at. */
export function sink(traits: Partial<Traits> = {}): Adapter & { readonly sent: NewJob[] } {
  const sent: NewJob[] = [];
  return {
    name: "sink",
    traits: {
      durable: false,
      unique: true,
      ordered: true,
      fenced: false,
      maxDelayMs: 86_400_000,
      delayStepMs: 1,
      maxRunMs: 900_000,
      maxPayloadBytes: 1_000,
      leaseMs: 30_000,
      ...traits,
    },
    sent,
    async enqueue(jobs) {
      sent.push(...jobs);
      return jobs.map(() => ({ status: "created" }));
    },
    settle: async (settlements) => settlements.map(() => "accepted"),
  };
}
