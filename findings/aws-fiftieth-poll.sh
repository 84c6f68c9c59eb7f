#!/bin/sh
# One would guess: one SQS client serves as many workers of a process as there are: a `DeleteMessage` or
# `ChangeMessageVisibility` goes out when it is called, whatever long polls of the same client are open. Node's own agent has
# no limit of connections.
# What @aws-sdk/client-sqs 3.1175.0 does: its agent has 50 connections for each host, and a long poll holds one for up to 20
# seconds. With 49 polls open a delete is answered at once; with 50 it waits in the process until one of them ends, unsent. So
# a process of fifty pollers on quiet queues acknowledges what it did, and renews what it does, some seconds too late, and the
# message comes again. Nothing fails. (`requestHandler: { httpsAgent: { maxSockets } }`, or a client of its own for the
# polls.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @aws-sdk/client-sqs@3.1175.0
cat >polls.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
let polls = [];
let deletes = 0;
let arrived = () => {};
const server = createServer(async (request, response) => {
  for await (const _ of request);
  const answer = () => response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
  if (request.headers["x-amz-target"].endsWith("ReceiveMessage")) polls.push(answer);
  else deletes += 1;
  if (!polls.includes(answer)) answer();
  arrived();
}).listen(0, "127.0.0.1");
await once(server, "listening");
const endpoint = `http://127.0.0.1:${server.address().port}`;
const options = { region: "eu-west-1", endpoint, credentials: { accessKeyId: "id", secretAccessKey: "key" } };
const QueueUrl = `${endpoint}/1/jobs`;
const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => (arrived = resolve));
};
/** Whether a delete arrives within a second while so many polls are open, and whether it does once one of them has ended. */
const play = async (amount, client) => {
  polls = [];
  deletes = 0;
  const open = Array.from({ length: amount }, () => client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 })));
  await until(() => polls.length === amount);
  const deleted = client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "handle" }));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const beside = deletes;
  polls[0]();
  await deleted;
  for (const answer of polls.slice(1)) answer();
  await Promise.all(open);
  return { beside, after: deletes };
};
const seen = {
  49: await play(49, new SQSClient(options)),
  50: await play(50, new SQSClient(options)),
  more: await play(50, new SQSClient({ ...options, requestHandler: { httpAgent: { maxSockets: 100 } } })),
};
console.log(seen);
const waits = seen[50].beside === 0 && seen[50].after === 1;
process.exit(waits && seen[49].beside === 1 && seen.more.beside === 1 ? 0 : 1);
JS
node polls.mjs
