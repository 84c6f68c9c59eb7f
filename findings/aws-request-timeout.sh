#!/bin/sh
# One would guess: `requestTimeout: 300` of an AWS client ends a request that has no answer after 300 ms; and where it ends
# one, the send failed.
# What @aws-sdk/client-sqs 3.1175.0 does: it prints a warning and goes on waiting until the answer comes, here ten times as
# long. With `throwOnRequestTimeout: true` the request ends, and is sent again by itself: the server has three messages of one
# `SendMessage` that the caller is told has failed. Exits non-zero once that has changed. (`maxAttempts: 1`, or messages that
# a repetition cannot double.)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @aws-sdk/client-sqs@3.1175.0
cat >timeout.mjs <<'JS'
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
// Stands for SQS: it takes each message at once and answers after a delay.
const MessageBody = "mail 17";
const MD5OfMessageBody = createHash("md5").update(MessageBody).digest("hex");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let taken = 0;
let delay = 0;
const server = createServer((request, response) => {
  request.resume().on("end", async () => {
    taken++;
    await sleep(delay);
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.end(JSON.stringify({ MessageId: "1", MD5OfMessageBody }));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const endpoint = `http://127.0.0.1:${server.address().port}`;
const send = async (requestHandler, ms) => {
  taken = 0;
  delay = ms;
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new SQSClient({ region: "eu-central-1", endpoint, credentials, requestHandler });
  const answer = await client.send(new SendMessageCommand({ QueueUrl: `${endpoint}/1/mails`, MessageBody })).then(
    () => "sent",
    (error) => error.name,
  );
  client.destroy();
  return `${answer}, ${taken} taken`;
};
const seen = {
  // Ten times the limit, and answered.
  plain: await send({ requestTimeout: 300 }, 3000),
  throwing: await send({ requestTimeout: 300, throwOnRequestTimeout: true }, 3000),
};
server.closeAllConnections();
server.close();
console.log(seen);
process.exit(seen.plain === "sent, 1 taken" && seen.throwing === "TimeoutError, 3 taken" ? 0 : 1);
JS
node_modules/.bin/node timeout.mjs
