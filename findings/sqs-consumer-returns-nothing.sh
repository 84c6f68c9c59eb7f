#!/bin/sh
# One would guess: a `handleMessage` of sqs-consumer that resolves has done its job, and the message is deleted; one that throws
# leaves it for another try. The first example of its README is such a function: it does the work and returns nothing.
# What sqs-consumer 15.0.3 does: a message is deleted only if the handler returns it. Where nothing is returned it stays, is
# handled again after each visibility timeout, successfully each time, and goes to the dead letters in the end, if there
# are any; no event tells of an error. A mail is sent every thirty seconds, for days. (`return message`, or
# `alwaysAcknowledge: true`.) Played with fauxqs 2.4.1 for SQS. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sqs-consumer@15.0.3 @aws-sdk/client-sqs@3.1175.0 fauxqs@2.4.1
cat >nothing.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { Consumer } from "sqs-consumer";

const { port } = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
const credentials = { accessKeyId: "none", secretAccessKey: "none" };
const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${port}`, region: "eu-central-1", credentials });
const errors = [];
const runsOf = async (name, returned, options) => {
  const queue = { QueueName: name, Attributes: { VisibilityTimeout: "1" } };
  const { QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand(queue));
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "mail" }));
  let runs = 0;
  const handleMessage = async (message) => {
    runs++;
    return returned(message);
  };
  const consumer = Consumer.create({ queueUrl, sqs, handleMessage, waitTimeSeconds: 1, ...options });
  for (const type of ["error", "processing_error"]) consumer.on(type, ({ message }) => errors.push(message));
  consumer.start();
  await sleep(6000);
  consumer.stop();
  return runs;
};
const [nothing, itself, always] = await Promise.all([
  runsOf("nothing", () => {}),
  runsOf("itself", (message) => message),
  runsOf("always", () => {}, { alwaysAcknowledge: true }),
]);
console.log({ nothing, itself, always, errors });
process.exit(nothing >= 3 && itself === 1 && always === 1 && errors.length === 0 ? 0 : 1);
JS
node nothing.mjs
