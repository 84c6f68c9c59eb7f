import { cloudflareQueues, consume } from "@longshore/cloudflare-queues";
import { type Binding, createWorker } from "@longshore/core";
import { type Memory, memory } from "@longshore/memory";
import { type Paired, paired } from "../src/index.ts";

const store = memory();

/** What the tests put into the consumer: it runs in their isolate. */
export const consumer: { handlers: Binding[] } = { handlers: [] };

export function pairOf(env: Cloudflare.Env, background: (work: Promise<unknown>) => void): Paired<Memory> {
  return paired(store, cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD }), { background });
}

export default {
  async queue(batch, env, ctx) {
    const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
    const jobs = pairOf(env, (work) => ctx.waitUntil(work));
    await consume(batch, { broker, carried: jobs.runner(createWorker(jobs, consumer)) });
  },
} satisfies ExportedHandler<Cloudflare.Env>;

declare global {
  namespace Cloudflare {
    interface Env {
      readonly JOBS: Queue;
      readonly DEAD: Queue;
    }
  }
}
