#!/bin/sh
# One would guess: the event `stopped` of sqs-consumer, after `consumer.stop()`, says that the last handler has ended and its
# message is deleted: there one closes the database and ends the process.
# What sqs-consumer 15.0.3 does: `stopped` comes at once, while the handler runs on. A process that ends there cuts the job in
# its middle, and its message comes back after the visibility timeout: with each deploy, to each worker that was busy. Only
# with `pollingCompleteWaitTimeMs`, which is 0 unless given, does the event wait for the handler, and for no longer than that.
# Played with fauxqs 2.4.1 for SQS. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sqs-consumer@15.0.3 @aws-sdk/client-sqs@3.1175.0 fauxqs@2.4.1
cat >stopped.mjs <<'JS'
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { Consumer } from "sqs-consumer";

const { port } = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
const credentials = { accessKeyId: "none", secretAccessKey: "none" };
const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${port}`, region: "eu-central-1", credentials });
const orderOf = async (name, options) => {
  const { QueueUrl: queueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "mail" }));
  const order = [];
  const begun = Promise.withResolvers();
  const ended = Promise.withResolvers();
  const handleMessage = async (message) => {
    begun.resolve();
    await sleep(2000);
    order.push("handler ended");
    ended.resolve();
    return message;
  };
  const consumer = Consumer.create({ queueUrl, sqs, handleMessage, waitTimeSeconds: 1, ...options });
  consumer.start();
  await begun.promise;
  const stopped = once(consumer, "stopped").then(() => order.push("stopped"));
  consumer.stop();
  await Promise.all([stopped, ended.promise]);
  return order.join(", ");
};
const byDefault = await orderOf("by-default", {});
const withATime = await orderOf("with-a-time", { pollingCompleteWaitTimeMs: 10_000 });
console.log({ byDefault, withATime });
process.exit(byDefault === "stopped, handler ended" && withATime === "handler ended, stopped" ? 0 : 1);
JS
node stopped.mjs
