import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Make } from "@longshore/conformance";
import type { Store } from "@longshore/core/adapter";
import { durableObjects } from "@longshore/durable-objects";
import { memory } from "@longshore/memory";
import { type Paired, paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";
import { type Way, asTheyCome } from "./ways.ts";
import { time } from "./worker.ts";

/** What no pair is asked. */
export const never: Readonly<Record<string, string>> = {
  "a job whose claim got no reply is stuck for no longer than a lease":
    "dispatchDue claims inside the pair, where the suite cannot lose a reply; storm.test.ts loses what was claimed",
};

const TRANSIT_MS = 1;

type Keeping = { readonly store: Store; reopen?(): Promise<void> };

/** A store as it comes, and one in an object that forgets everything that is not stored. */
const inMemory = (clock: () => number): Keeping => ({ store: memory({ clock }) });
export const stores: Readonly<Record<string, (clock: () => number) => Keeping>> = {
  "the memory store": inMemory,
  "a Durable Object": (clock) => {
    time.now = clock;
    const name = `pair-${++made}`;
    const store = durableObjects(env.KEEPER, { name });
    return {
      store,
      async reopen() {
        // Only what stands can be evicted.
        await store.wake();
        await evictDurableObject(env.KEEPER.getByName(name));
      },
    };
  },
};
let made = 0;

/** A pair whose messages arrive in a way of their own. */
export const pairs =
  ({ arrive }: Way, keep = inMemory): Make =>
  ({ clock }) => {
    const broker = fakeBroker();
    // The suite's clock, and what had to pass for lost messages to be noticed.
    let waitedMs = 0;
    const now = (): number => clock.now() + waitedMs;
    const { store, reopen } = keep(now);
    const open = (): Paired => paired(store, broker, { clock: now, transit: TRANSIT_MS });
    let jobs = open();
    return {
      adapter: jobs,
      async deliver(run) {
        const runner = jobs.runner({ run });
        do {
          const messages = broker.messages.splice(0);
          const batches = arrive(messages);
          for (const batch of batches) await runner.runCarried(batch);
          const arrived = new Set(batches.flat());
          if (messages.some((message) => !arrived.has(message))) waitedMs += TRANSIT_MS;
        } while ((await jobs.dispatchDue()).carried > 0);
      },
      ...(reopen !== undefined && {
        async reopen() {
          await reopen();
          jobs = open();
          return jobs;
        },
      }),
    };
  };

/** As a store, whose jobs are claimed by whoever asks. */
export const claimedPairs =
  (keep = inMemory): Make =>
  async (world) => {
    const { deliver: _deliver, ...subject } = await pairs(asTheyCome, keep)(world);
    return subject;
  };
