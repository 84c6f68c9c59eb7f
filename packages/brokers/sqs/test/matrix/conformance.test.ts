import { conformance } from "@longshore/conformance";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { anyInput } from "@longshore/conformance/tools";
import { expect, inject, test } from "vitest";
import { poll, sqs } from "../../src/index.ts";
import { delivering, quiet } from "../delivering.ts";
import { callAt, makeQueue } from "../emulated.ts";

// In a Worker, over HTTP, to the emulator.
const origin = inject("sqs");
const make = delivering(async (now) => ({
  call: callAt(now),
  queue: await makeQueue(origin),
  deadLetters: await makeQueue(origin),
}));
for (const { name, skip, run } of await conformance(make)) {
  test(name, async (context) => {
    if (skip !== undefined) context.skip(skip);
    await run();
  });
}

test("a Worker enqueues, polls and runs", async () => {
  const job = defineJob("send-welcome-email", { input: anyInput<{ userId: number }>() });
  const call = callAt(undefined);
  const broker = sqs({ call, queue: await makeQueue(origin), deadLetters: await makeQueue(origin) });
  let done = (_userId: number): void => {};
  const ran = new Promise<number>((resolve) => {
    done = resolve;
  });
  const worker = createWorker(broker, { handlers: [handle(job, ({ userId }) => done(userId))], log: quiet });
  const host = poll({ broker, worker, wait: 1_000, log: quiet });
  await createQueue(broker).enqueue(job, { userId: 42 });
  expect(await ran).toBe(42);
  await host.stop();
});
