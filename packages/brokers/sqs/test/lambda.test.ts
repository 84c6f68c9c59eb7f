import type { ClaimedJob, Outcome } from "@longshore/core/adapter";
import { expect, test } from "vitest";
import { type LambdaEvent, type LambdaOptions, type LambdaRecord, onLambda } from "../src/index.ts";
import { quiet } from "./delivering.ts";
import { type Setting, newJob, setting } from "./setting.ts";

const SECOND = 1_000;
const failure = { message: "not now" };
const RETRY: Outcome = { type: "retry", delayMs: 40 * SECOND, failure };

/** Receives as Lambda's poller does, with the queue's own visibility, and deletes what the answer does not name. */
async function invoke(all: Setting, options: Partial<LambdaOptions>): Promise<readonly string[]> {
  const { Messages = [] } = await all.service.call("ReceiveMessage", {
    QueueUrl: all.queue,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 0,
    VisibilityTimeout: 900,
  });
  const Records = Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes }): LambdaRecord => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as LambdaRecord["attributes"], // as SQS has them
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:${all.queue.split("/").at(-1)}`,
  }));
  const { batchItemFailures } = await onLambda(
    { Records },
    {
      broker: all.broker,
      worker: { run: async () => {} },
      context: { getRemainingTimeInMillis: () => 60 * SECOND },
      log: quiet,
      platform: all.platform,
      ...options,
    },
  );
  const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const Entries = Records.filter(({ messageId }) => !left.has(messageId)).map(
    ({ receiptHandle: ReceiptHandle }, i) => ({
      Id: String(i),
      ReceiptHandle,
    }),
  );
  if (Entries.length > 0) await all.service.call("DeleteMessageBatch", { QueueUrl: all.queue, Entries });
  return [...left];
}

/** Settles each job as the test says, and notes its order. */
function worker(all: Setting, outcomes: Readonly<Record<string, Outcome>>, ran: string[] = []) {
  return {
    async run(jobs: readonly ClaimedJob[]) {
      ran.push(...jobs.map(({ id, attempt }) => `${id}#${attempt}`));
      await all.broker.settle(
        jobs.map(({ id, token }) => ({ id, token, outcome: outcomes[id] ?? { type: "complete" } })),
      );
    },
  };
}

test("what is done is deleted, and each other message comes again by itself, after its own delay", async () => {
  const all = setting();
  await all.broker.enqueue(["done", "later", "dead", "snoozed"].map((id) => newJob({ id })));
  const outcomes = {
    later: RETRY,
    dead: { type: "dead", failure },
    snoozed: { type: "snooze", delayMs: 60_000 },
  } as const;
  expect(await invoke(all, { worker: worker(all, outcomes) })).toHaveLength(1);
  expect(all.service.messages(all.dead)).toHaveLength(1);
  const ran: string[] = [];
  await all.pass(39 * SECOND);
  await invoke(all, { worker: worker(all, {}, ran) });
  expect(ran).toEqual([]);
  await all.pass(SECOND);
  await invoke(all, { worker: worker(all, {}, ran) });
  await all.pass(20 * SECOND);
  await invoke(all, { worker: worker(all, {}, ran) });
  expect(ran).toEqual(["later#2", "snoozed#1"]);
  expect(all.service.messages(all.queue)).toEqual([]);
});

test("of a FIFO queue, what follows a failure in its group is not run, and comes again in order", async () => {
  const all = setting(".fifo");
  await all.broker.enqueue(["a1", "a2", "a3", "b1", "b2"].map((id) => newJob({ id, partition: id.slice(0, 1) })));
  const ran: string[] = [];
  expect(await invoke(all, { worker: worker(all, { a2: RETRY }, ran) })).toHaveLength(2);
  expect(ran.sort()).toEqual(["a1#1", "a2#1", "b1#1", "b2#1"]);
  await all.pass(39 * SECOND);
  const again: string[] = [];
  await invoke(all, { worker: worker(all, {}, again) });
  expect(again).toEqual([]);
  await all.pass(SECOND);
  await invoke(all, { worker: worker(all, {}, again) });
  // The one that did not run was delivered, too, which counts.
  expect(again).toEqual(["a2#2", "a3#2"]);
  expect(all.service.messages(all.queue)).toEqual([]);
});

test("a job that does not end five seconds before its function is handed back", async () => {
  const all = setting();
  await all.broker.enqueue([newJob({ id: "hangs" })]);
  const invoked = invoke(all, { worker: { run: () => new Promise(() => {}) } });
  await all.idle();
  await all.pass(55 * SECOND);
  expect(await invoked).toHaveLength(1);
  expect(all.service.messages(all.queue)).toMatchObject([{ visibleAt: all.now() + 30 * SECOND }]);
});

test("a function that ends with its answer lost runs its jobs again", async () => {
  const all = setting();
  await all.broker.enqueue([newJob()]);
  const ran: string[] = [];
  const noDelete = {
    ...all,
    service: {
      ...all.service,
      call: async (...args: Parameters<typeof all.service.call>) =>
        args[0] === "DeleteMessageBatch" ? {} : all.service.call(...args),
    },
  };
  await invoke(noDelete, { worker: worker(all, {}, ran) });
  await all.pass(900 * SECOND);
  await invoke(all, { worker: worker(all, {}, ran) });
  expect(ran).toEqual(["job-1#1", "job-1#2"]);
});

test("an event of a queue that the adapter does not have is refused, loudly", async () => {
  const all = setting();
  const record = { messageId: "1", receiptHandle: "h", body: "", attributes: { ApproximateReceiveCount: "1" } };
  const event: LambdaEvent = { Records: [{ ...record, eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:other" }] };
  const context = { getRemainingTimeInMillis: () => 60 * SECOND };
  await expect(onLambda(event, { broker: all.broker, worker: { run: async () => {} }, context })).rejects.toMatchObject(
    {
      code: "invalid_option",
      message: expect.stringContaining("jobs"),
    },
  );
});
