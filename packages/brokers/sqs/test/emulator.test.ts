import { conformance, contractCases } from "@longshore/conformance";
import * as sdk from "@aws-sdk/client-sqs";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { anyInput } from "@longshore/conformance/tools";
import { afterAll, expect, test } from "vitest";
import { type SqsCall, awsCall, poll, readDeadLetter, sdkCall, sqs } from "../src/index.ts";
import { delivering, quiet } from "./delivering.ts";
import { callAt, makeQueue } from "./emulated.ts";
import { startEmulator } from "./emulator.ts";

const { origin, stop } = await startEmulator();
afterAll(stop);

// Over HTTP: what the fake cannot say is whether SQS understands the calls. The pipeline over them, in workerd: test/matrix.
const make = delivering(async (now) => ({
  call: callAt(now),
  queue: await makeQueue(origin),
  deadLetters: await makeQueue(origin),
}));
for (const { name, skip, run } of await conformance(make, contractCases)) {
  test(name, async (context) => {
    if (skip !== undefined) context.skip(skip);
    await run();
  });
}

const mail = defineJob("send-welcome-email", { input: anyInput<{ userId: number }>() });

const client = new sdk.SQSClient({
  endpoint: origin,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const bySdk: SqsCall = sdkCall(client, sdk);

test.each([
  ["awsCall", callAt(undefined), ""],
  ["the AWS SDK", bySdk, ""],
  ["awsCall, FIFO", callAt(undefined), ".fifo"],
] as const)("jobs are enqueued, polled, run and deleted by %s", async (_, call, suffix) => {
  const queue = await makeQueue(origin, suffix);
  const broker = sqs({ call, queue, deadLetters: await makeQueue(origin, suffix) });
  const ran: number[] = [];
  let last = (): void => {};
  const all = new Promise<void>((resolve) => {
    last = resolve;
  });
  const handler = handle(mail, ({ userId }) => {
    if (ran.push(userId) === 25) last();
  });
  const host = poll({
    broker,
    worker: createWorker(broker, { handlers: [handler], log: quiet }),
    wait: 1_000,
    log: quiet,
  });
  const requests = Array.from({ length: 25 }, (__, userId) =>
    mail.with({ userId }, { partition: `user:${userId % 3}` }),
  );
  await createQueue(broker).enqueueMany(requests);
  await all;
  await host.stop();
  expect(ran.toSorted((a, b) => a - b)).toEqual(requests.map((__, i) => i));
  const inOrder = [0, 1, 2].map((group) => ran.filter((id) => id % 3 === group));
  const sorted = inOrder.map((ids) => ids.toSorted((a, b) => a - b));
  expect(suffix === "" ? sorted : inOrder).toEqual(sorted);
  expect(await call("ReceiveMessage", receiving(queue))).not.toMatchObject({ Messages: [{}] });
});

const receiving = (QueueUrl: string) => ({
  QueueUrl,
  MaxNumberOfMessages: 10,
  WaitTimeSeconds: 0,
  VisibilityTimeout: 30,
});

test("a dead job can be read from the dead-letter queue", async () => {
  const call = callAt(undefined);
  const deadLetters = await makeQueue(origin);
  const broker = sqs({ call, queue: await makeQueue(origin), deadLetters });
  await createQueue(broker).enqueue(mail, { userId: 42 });
  const [queue] = broker.queues;
  const delivery = await broker.receive((await queue?.receive(10, 0, 30_000)) ?? []);
  const outcome = { type: "dead", failure: { message: "no such user" } } as const;
  await broker.settle(delivery.jobs.map(({ id, token }) => ({ id, token, outcome })));
  const { Messages = [] } = await call("ReceiveMessage", receiving(deadLetters));
  expect(Messages.map(readDeadLetter)).toMatchObject([
    { payload: '{"userId":42}', end: { attempts: 1, failure: { message: "no such user" } } },
  ]);
});

test("what SQS refuses is told with its reason, and without the input", async () => {
  const call = awsCall({ region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const missing = `${origin}/000000000000/no-such-queue`;
  await expect(call("ReceiveMessage", receiving(missing))).rejects.toMatchObject({
    code: "enqueue_failed",
    message: expect.stringMatching(/400 .*does not exist/),
  });
});

test("credentials may be a function, and are checked whenever it is called", async () => {
  let given: object = {};
  const call = awsCall({ region: "us-east-1", credentials: async () => given as never }); // as from a typo
  const input = receiving(await makeQueue(origin));
  await expect(call("ReceiveMessage", input)).rejects.toMatchObject({ code: "invalid_option" });
  given = { accessKeyId: "test", secretAccessKey: "test", sessionToken: "token" };
  expect(await call("ReceiveMessage", input)).not.toMatchObject({ Messages: [{}] });
});
