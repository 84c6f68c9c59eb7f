import { type Handler, createWorker } from "@longshore/core";
import { cloudflareQueues, consume, type QueueMessage } from "../src/index.ts";

/** What the tests put into the consumer: it runs in their isolate. */
export const consumer: { handlers: Handler[]; foreign: (message: QueueMessage) => unknown } = {
  handlers: [],
  foreign: () => {},
};
/** What arrived in the dead-letter queue. */
export const buried: unknown[] = [];

export default {
  async queue(batch, env) {
    if (batch.queue === "dead") {
      buried.push(...batch.messages.map(({ body }) => body));
      return;
    }
    const broker = cloudflareQueues({ queue: env.JOBS, deadLetters: env.DEAD });
    const { handlers, foreign } = consumer;
    await consume(batch, { broker, worker: createWorker(broker, { handlers }), foreign });
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
