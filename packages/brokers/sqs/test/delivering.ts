import type { Make } from "@longshore/conformance";
import type { ClaimedJob } from "@longshore/core/adapter";
import { type Message, type Delivery, runMessages } from "@longshore/core/broker";
import { type Sqs, type SqsCall, sqs } from "../src/index.ts";

export const quiet = { debug(): void {}, info(): void {}, warn(): void {}, error(): void {} };

/** In place of the extensions of `poll`: no case runs a job for longer. */
const HIDDEN_MS = 11 * 3_600_000;

type Service = { readonly call: SqsCall; readonly queue: string; readonly deadLetters: string };

/**
 * The suite's subject: polls until nothing is due. What is due within a step waits in it until the suite has moved the
 * clock, as it waits in `poll` for a timer.
 */
export function delivering(serve: (now: () => number) => Promise<Service> | Service): Make {
  return async ({ clock }) => {
    const service = await serve(clock.now);
    const open = (): Sqs => sqs({ ...service, clock: clock.now });
    let broker = open();
    let soon: { readonly atMs: number; readonly messages: readonly Message[] }[] = [];

    const receive = async (messages: readonly Message[]): Promise<Delivery<Message>> => {
      const delivery = await broker.receive(messages);
      if (delivery.soon !== undefined) soon.push({ ...delivery.soon, atMs: clock.now() + delivery.soon.inMs });
      return { ...delivery, soon: undefined };
    };
    const run = (messages: readonly Message[], work: (jobs: readonly ClaimedJob[]) => Promise<void>): Promise<void> =>
      runMessages(messages, {
        receive,
        worker: { run: work, runCarried: work },
        message: (one) => one,
        log: quiet,
        fields: {},
        platform: { timer: () => () => {} },
        forMs: Infinity,
      });
    return {
      adapter: broker,
      async deliver(work) {
        const due = soon.filter(({ atMs }) => atMs <= clock.now());
        soon = soon.filter((one) => !due.includes(one));
        for (const { messages } of due) await run(messages, work);
        for (let batches = 0; ; batches++) {
          if (batches > 1_000) throw new Error("the host sends at once whatever it gets");
          const received = (await Promise.all(broker.queues.map((queue) => queue.receive(10, 0, HIDDEN_MS)))).flat();
          if (received.length === 0) return;
          await run(received, work);
        }
      },
      reopen() {
        broker = open();
        soon = [];
        return broker;
      },
    };
  };
}
