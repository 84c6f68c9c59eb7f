#!/bin/sh
# One would guess: an AWS client with `maxAttempts: 3` tries each message up to three times: how often another one failed before,
# perhaps of another queue, is no concern of it.
# What @aws-sdk/client-sqs 3.1175.0 does: retries are paid for from one purse of the client, and an outage empties it. Here 35 retries
# are all it has, for the first 18 messages: each one that follows is tried once, and one 503 that a second try would have passed
# fails a message to a queue that is well. A higher `maxAttempts` only empties the purse sooner. What succeeds fills it, a fourteenth
# of a retry at a time. (Whoever counts on the tries has to try again by himself.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @aws-sdk/client-sqs@3.1175.0
cat >purse.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";

/** The queue "away" is in an outage; of the queue "well" every other request meets a server that restarts. */
let restarts = false;
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  restarts = !restarts;
  const fails = restarts || JSON.parse(body).QueueUrl.endsWith("away");
  response.writeHead(fails ? 503 : 200, { "content-type": "application/x-amz-json-1.0" });
  response.end(fails ? '{"__type":"ServiceUnavailable"}' : "{}");
}).listen(0, "127.0.0.1");
await once(server, "listening");
const endpoint = `http://127.0.0.1:${server.address().port}`;
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const client = new SQSClient({ region: "local", endpoint, credentials, maxAttempts: 3, md5: false });
const send = async (queue) => {
  restarts = false;
  const command = new SendMessageCommand({ QueueUrl: `${endpoint}/1/${queue}`, MessageBody: "job" });
  const [end, { $metadata }] = await client.send(command).then(
    (answer) => ["sent", answer],
    (error) => ["failed", error],
  );
  return `${end} after ${$metadata.attempts}`;
};
const before = await send("well");
const outage = [];
for (let message = 1; message <= 25; message++) outage.push(await send("away"));
const after = [await send("well"), await send("well")];
client.destroy();
server.close();
console.log({ before, outage: outage.join(), after });
const three = outage.findIndex((end) => end !== "failed after 3");
const isUsedUp = three > 0 && outage.slice(three + 1).every((end) => end === "failed after 1");
process.exit(before === "sent after 2" && isUsedUp && after.every((end) => end === "failed after 1") ? 0 : 1);
JS
node_modules/.bin/node purse.mjs
