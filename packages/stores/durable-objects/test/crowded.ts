import { env } from "cloudflare:workers";
import { checkHistory, createRecorder, runConcurrentClients } from "@longshore/simulator";
import { expect } from "vitest";
import { type JobsNamespace, durableObjects } from "../src/index.ts";
import type { Call, Reply } from "../src/wire.ts";
import { time } from "./worker.ts";

// Several clients at once do random things to a few jobs over RPC, whatever happens to their objects. What they
// saw must be explained by one order of their calls on each job. The recorder sits below the adapter, which repeats
// calls that the platform calls retryable: each try is a call of its own, of which nobody may know whether it happened.

const START = 1_700_000_000_000;
const ROUNDS = 10;
let objects = 0;

export type Way = {
  readonly shards: number;
  disturb(name: string): Promise<unknown>;
  /** Whether calls are broken off. */
  readonly breaks: boolean;
};

/** What contradicts an order, with the seed that made it; and how much happened. */
async function crowded(seed: number, { shards, disturb }: Way) {
  let now = START;
  let disturbed = 0;
  time.now = () => now;
  const name = `crowded-${++objects}`;
  const recorder = createRecorder();
  const recorded: JobsNamespace = {
    getByName: (object) => ({
      async jobs(call: Call) {
        const stub: { jobs(call: Call): Promise<Reply> } = env.KEEPER.getByName(object);
        const value = await recorder.observe(call.verb, call.input, async () => {
          const reply = await stub.jobs(call);
          if (reply.type !== "done") throw new Error(`the object ${object} was used before and is ${reply.type}`);
          return reply.value;
        });
        return { type: "done", value };
      },
    }),
  };
  await durableObjects(env.KEEPER, { name, shards }).wake();
  await runConcurrentClients(durableObjects(recorded, { name, shards }), {
    seed,
    clients: 5,
    calls: 20,
    pass: (ms) => (now += ms),
    async disturb() {
      await disturb(name);
      disturbed++;
    },
  });
  const contradiction = checkHistory(recorder.calls, { withinMs: now - START });
  const accepted = recorder.calls.filter(({ verb, reply }) => verb === "settle" && reply?.answer[0] === "accepted");
  const lost = recorder.calls.filter(({ reply }) => reply === undefined);
  const message = contradiction && `with the seed ${seed} ${contradiction.message}`;
  return { message, disturbed, accepted: accepted.length, lost: lost.length };
}

/** Every job of several clients lives one order of calls, in as many rounds as it takes to see something of everything. */
export async function livesOneOrder(way: Way): Promise<void> {
  const first = Math.floor(Math.random() * 1_000_000);
  const all = { disturbed: 0, accepted: 0, lost: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const { message, ...counts } = await crowded(first + round, way);
    expect(message).toBeUndefined();
    for (const what of ["disturbed", "accepted", "lost"] as const) all[what] += counts[what];
  }
  expect(all.disturbed).toBeGreaterThan(ROUNDS);
  expect(all.accepted).toBeGreaterThan(ROUNDS);
  expect(all.lost > ROUNDS).toBe(way.breaks);
}
