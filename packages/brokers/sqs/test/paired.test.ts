import { type Make, conformance, contractCases } from "@longshore/conformance";
import { memory } from "@longshore/memory";
import { type Paired, paired } from "@longshore/paired";
import type { Store } from "@longshore/core/adapter";
import { runMessages } from "@longshore/core/broker";
import { describe, test } from "vitest";
import { sqs } from "../src/index.ts";
import { quiet } from "./delivering.ts";
import { fakeSqs } from "./fake-sqs.ts";
import { ACCOUNT } from "./setting.ts";

// A store whose jobs arrive through SQS has all that the store has.
const pairs =
  (suffix: string): Make =>
  ({ clock }) => {
    const { call } = fakeSqs(clock.now);
    const broker = sqs({ call, queue: `${ACCOUNT}/jobs${suffix}`, deadLetters: `${ACCOUNT}/dead`, clock: clock.now });
    const store: Store = memory({ clock: clock.now });
    const jobs: Paired = paired(store, broker, { clock: clock.now, transit: 1 });
    return {
      adapter: jobs,
      async deliver(run) {
        while ((await jobs.dispatchDue()).carried > 0) {
          for (const queue of broker.queues) {
            let messages = await queue.receive(10, 0, 30_000);
            for (; messages.length > 0; messages = await queue.receive(10, 0, 30_000)) {
              await runMessages(messages, {
                receive: broker.receive,
                worker: jobs.runner({ run }),
                message: (one) => one,
                log: quiet,
                fields: {},
                platform: { timer: () => () => {} },
                forMs: Infinity,
              });
            }
          }
        }
      },
    };
  };

describe.each([
  ["a standard queue", pairs("")],
  ["a FIFO queue", pairs(".fifo")],
])("a pair over %s", async (_, make) => {
  for (const { name, skip, run } of await conformance(make, contractCases)) {
    test(name, async (context) => {
      if (skip !== undefined) context.skip(skip);
      await run();
    });
  }
});
