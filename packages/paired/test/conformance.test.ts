import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type Make, checkAgainstModel, checkTwins, conformance } from "@longshore/conformance";
import type { Store } from "@longshore/core/adapter";
import { durableObjects } from "@longshore/durable-objects";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { type Paired, paired } from "../src/index.ts";
import { fakeBroker } from "./fake-broker.ts";
import { type Way, asTheyCome, ways } from "./ways.ts";
import { time } from "./worker.ts";

const never: Readonly<Record<string, string>> = {
  "a job whose claim got no reply is stuck for no longer than a lease":
    "the pump claims inside the pair, where the suite cannot lose a reply; storm.test.ts loses what was claimed",
};

const TRANSIT_MS = 1;

type Keeping = { readonly store: Store; reopen?(): Promise<void> };

/** A store as it comes, and one in an object that forgets everything that is not stored. */
const inMemory = (clock: () => number): Keeping => ({ store: memory({ clock }) });
const stores: Readonly<Record<string, (clock: () => number) => Keeping>> = {
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

const make =
  ({ arrive }: Way, keep = inMemory): Make =>
  ({ clock }) => {
    const broker = fakeBroker();
    // The suite's clock, and what had to pass for lost messages to be noticed.
    let waitedMs = 0;
    const now = (): number => clock.now() + waitedMs;
    const { store, reopen } = keep(now);
    const open = (): Paired => paired(store, broker, { clock: now, transitMs: TRANSIT_MS });
    let jobs = open();
    return {
      adapter: jobs,
      async deliver(run) {
        const runner = jobs.runner({ run });
        do {
          const messages = broker.messages.splice(0);
          const batches = arrive(messages);
          for (const batch of batches) await runner.run(batch);
          const arrived = new Set(batches.flat());
          if (messages.some((message) => !arrived.has(message))) waitedMs += TRANSIT_MS;
        } while ((await jobs.pump()).carried > 0);
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

/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);
const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now }) });

// An object is real, and takes its time on a busy machine.
const LONG = { timeout: 60_000 };

describe.each(Object.entries(stores))("a pair over %s", (_, keep) => {
  /** As a store, whose jobs are claimed by whoever asks. */
  const claimed: Make = async (world) => {
    const { deliver: _deliver, ...subject } = await make(asTheyCome, keep)(world);
    return subject;
  };

  test.each([1, 2, fresh])("answers as the model does through a random history (seed %i)", LONG, (seed) =>
    checkAgainstModel(claimed, { seed, operations: 200 }),
  );

  test.each([3, fresh])("answers as the memory store does through a random history (seed %i)", LONG, (seed) =>
    checkTwins(claimed, memoryStore, { seed, operations: 200 }),
  );

  test.each([1, 2, fresh])("brings the jobs that the memory store would have had claimed (seed %i)", LONG, (seed) =>
    checkTwins(make(asTheyCome, keep), memoryStore, { seed, operations: 200 }),
  );
});

for (const [name, way] of Object.entries(ways)) {
  const checks = await conformance(make(way));
  describe(name, () => {
    for (const { name: sentence, skip, run } of checks) {
      test(sentence, async (context) => {
        const reason = skip ?? way.but[sentence] ?? never[sentence];
        if (reason !== undefined) context.skip(reason);
        await run();
      });
    }
  });
}
