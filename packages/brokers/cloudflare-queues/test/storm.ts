import { type UnreliableQueue, type Consumer, unreliableQueue, seeded } from "@longshore/conformance";
import { SECOND, anyInput, turn, virtualTime } from "@longshore/conformance/tools";
import { type Logger, type Platform, createWorker, defineJob, fixed, handle } from "@longshore/core";
import type { NewJob } from "@longshore/core/adapter";
import { cloudflareQueues, consume, readDeadLetter } from "../src/index.ts";
import { newJob } from "./setting.ts";

// The adapter, its host and a real worker over a queue that is as bad as its documentation allows. The counters are
// those of Jepsen's checker of queues.

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const retry = fixed({ attempts: 90, delay: SECOND, jitter: 0 });
const healthy = defineJob("healthy", { input: anyInput<{ userId: number }>(), retry });
/** Fails whenever it runs. */
const poison = defineJob("poison", {
  input: anyInput<{ userId: number }>(),
  retry: fixed({ attempts: 3, delay: SECOND, jitter: 0 }),
});
/** Takes its consumer with it whenever it runs. */
const killer = defineJob("killer", { input: anyInput<{ userId: number }>(), retry });

type Weather = {
  readonly seed: number;
  readonly mild?: boolean;
  readonly kills?: boolean;
  readonly maxRetries?: number;
};

export type Tally = {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unexpected: readonly string[];
  readonly duplicated: number;
  readonly recovered: number;
  /** Healthy jobs that are dead letters, poisoned ones that are none, jobs that started too soon or with another input. */
  readonly wronged: readonly string[];
  readonly faults: UnreliableQueue["faults"];
};

const JOBS = 120;
const ROUNDS = 40;

export async function storm({ seed, mild = false, kills = false, maxRetries = 100 }: Weather): Promise<Tally> {
  const random = seeded(seed);
  const time = virtualTime();
  const { now, timer } = time;
  let calm = mild;
  const dead = unreliableQueue({ now, random });
  const queue = unreliableQueue({ now, random, deadLetters: dead, maxRetries });
  if (mild) for (const one of [dead, queue]) one.endFaults();
  const platform: Platform = {
    now,
    monotonic: now,
    turn: () => Promise.resolve(),
    random,
    timer,
    id: () => "unused",
  };
  /** Moves time from timer to timer for as long as something waits for it. */
  const finish = async (work: Promise<void>): Promise<void> => {
    let done = false;
    const mark = (): void => void (done = true);
    work.then(mark, mark);
    for (;;) {
      for (let turns = 0; turns < 5 && !done; turns++) await turn();
      if (done) return work;
      if (!time.fireNext()) throw new Error("nobody waits for anything, and yet it does not end");
    }
  };
  const dying = random() < 0.3 ? 0 : random() * 0.1;

  const attempted = new Map<string, number>();
  const acknowledged = new Set<string>();
  const finished = new Map<string, number>();
  const wronged: string[] = [];

  const enqueue = async (count: number): Promise<void> => {
    const jobs = Array.from({ length: count }, (): NewJob => {
      const n = attempted.size;
      const name = n % 10 === 7 ? "poison" : kills && n % 30 === 3 ? "killer" : "healthy";
      const inMs = random() < 0.7 ? 0 : Math.floor(random() * 200) * SECOND;
      attempted.set(`${name}-${n}`, now() + inMs);
      return newJob({ id: `${name}-${n}`, name, payload: JSON.stringify({ userId: n }), due: { inMs } });
    });
    const answers = await cloudflareQueues({ queue, deadLetters: dead, clock: now }).enqueue(jobs);
    answers.forEach(({ status }, i) => {
      if (status === "sent") acknowledged.add(jobs[i]?.id ?? "");
    });
  };
  const deliver = async (): Promise<void> => {
    await finish(
      queue.deliver(async (batch, consumer: Consumer) => {
        const broker = cloudflareQueues({ queue, deadLetters: dead, clock: now });
        const mishap = async (): Promise<void> => {
          if (!calm && random() < dying) await consumer.die();
        };
        const handlers = [
          handle(healthy, async ({ userId }, { id }) => {
            if (id !== `healthy-${userId}` || now() < (attempted.get(id) ?? Infinity)) wronged.push(id);
            await mishap();
            if (!calm && random() < 0.2) throw new Error("not now");
            finished.set(id, (finished.get(id) ?? 0) + 1);
            await mishap();
          }),
          handle(poison, () => {
            throw new Error("poison");
          }),
          handle(killer, () => consumer.die()),
        ];
        const worker = createWorker(broker, { handlers, log: quiet, platform });
        await consume(batch, { broker, worker, log: quiet, platform });
      }),
    );
    // What still waits belongs to consumers that died.
    time.clear();
  };

  for (let round = 0; round < ROUNDS; round++) {
    if (attempted.size < JOBS) await enqueue(1 + Math.floor(random() * 20));
    // Now and then there is no consumer, as during a deploy.
    if (random() > 0.2) await deliver();
    await time.pass(Math.floor(random() * 60) * SECOND, turn);
  }
  calm = true;
  for (const one of [dead, queue]) one.endFaults();
  for (let round = 0; queue.waiting.length > 0; round++) {
    if (round > 400) throw new Error(`${queue.waiting.length} messages go round and round`);
    await deliver();
    await time.pass(600 * SECOND, turn);
  }

  const letters = new Set(dead.waiting.map((message) => readDeadLetter(message)?.id ?? "not ours"));
  const ended = new Set([...finished.keys(), ...letters]);
  wronged.push(...[...letters].filter((id) => id.startsWith("healthy") && !kills));
  wronged.push(...[...acknowledged].filter((id) => !id.startsWith("healthy") && !letters.has(id)));
  return {
    attempted: attempted.size,
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !ended.has(id)),
    unexpected: [...ended].filter((id) => !attempted.has(id)),
    duplicated: [...finished.values()].filter((runs) => runs > 1).length,
    recovered: [...ended].filter((id) => !acknowledged.has(id)).length,
    wronged,
    faults: queue.faults,
  };
}
