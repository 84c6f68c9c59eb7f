import { execSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import * as sdk from "@aws-sdk/client-sqs";
import type { Enqueued } from "@longshore/core";
import type { LambdaAnswer, LambdaContext, LambdaEvent } from "@longshore/sqs";
import { afterAll, expect, test } from "vitest";
import { folder, startEmulator } from "./emulated.ts";

const { client, stop } = await startEmulator();
afterAll(stop);
const { JOBS_URL: QueueUrl, PATH } = process.env;

// As they are deployed.
const { scripts } = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
execSync(scripts.bundle, { cwd: folder, stdio: "pipe", env: { ...process.env, PATH: `node_modules/.bin:${PATH}` } });
const produce: { handler(input: { userId: number }): Promise<Enqueued> } = await import(`${folder}dist/produce.mjs`);
const consume: { handler(event: LambdaEvent, context: LambdaContext): Promise<LambdaAnswer> } = await import(
  `${folder}dist/consume.mjs`
);

/** Hands what is in the queue to the function, and deletes what its answer does not name, as Lambda does. */
async function invoke() {
  const { Messages = [] } = await client.send(
    new sdk.ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 360,
      MessageSystemAttributeNames: ["All"],
    }),
  );
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
  const Records = Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes, MD5OfBody }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: { ApproximateReceiveCount: "", ...Attributes },
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:jobs",
    awsRegion: "us-east-1",
  }));
  const { batchItemFailures } = await consume.handler({ Records }, { getRemainingTimeInMillis: () => 60_000 });
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const done = Records.filter(({ messageId }) => !failed.includes(messageId));
  const Entries = done.map(({ messageId: Id, receiptHandle: ReceiptHandle }) => ({ Id, ReceiptHandle }));
  await client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }));
  return { Records, failed };
}

test("of a batch, the function's answer names the job that failed and no other, and Lambda leaves it in the queue", async () => {
  await produce.handler({ userId: 1 });
  const ofNobody = await produce.handler({ userId: 7 });
  await produce.handler({ userId: 2 });
  const { Records, failed } = await invoke();
  expect(Records).toHaveLength(3);
  expect(failed).toEqual(Records.filter(({ body }) => body.includes(ofNobody.id)).map(({ messageId }) => messageId));
  expect(failed).toHaveLength(1);
  const counted = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  expect((await client.send(counted)).Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "1",
  });
});
