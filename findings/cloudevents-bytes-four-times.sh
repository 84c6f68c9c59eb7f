#!/bin/sh
# One would guess: an event's bytes, sent by HTTP in either of the two modes that CloudEvents has, arrive as the bytes that they were
# (`data_base64` is there for that), and a number or a boolean as data, which is JSON as well as an object is, arrives, too.
# What cloudevents 10.0.0, the SDK for JavaScript, does: from the structured mode bytes come back as a Uint32Array, one element for each
# byte. `data[0]` and `Buffer.from(data)` are right, so a test passes; a hash, a signature, a file, or an answer to the next service
# gets four bytes for each, three of them zero: "abc" is stored as twelve. In the binary mode, and over its MQTT, all is as guessed.
# The data 0 and false are sent and read as no data at all, or refused by a reader that asks for some; in the binary mode they
# arrive, and there 5 and true cannot be sent ("invalid payload type"). (`Uint8Array.from(event.data)`, and an object around a number.)
# Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 cloudevents@10.0.0
cat >bytes.mjs <<'JS'
import { createHash } from "node:crypto";
import { CloudEvent, HTTP, MQTT } from "cloudevents";
const named = { id: "1", source: "/camera", type: "picture" };
const sha = (data) => createHash("sha256").update(data).digest("hex");
const bytes = Uint8Array.from([97, 98, 99]);
const picture = new CloudEvent({ ...named, datacontenttype: "image/png", data: bytes });
const seen = {};
for (const [transport, protocol] of Object.entries({ HTTP, MQTT }))
  for (const mode of ["binary", "structured"]) {
    const { data } = protocol.toEvent(protocol[mode](picture));
    const hash = sha(data) === sha(bytes) ? "right" : "wrong";
    seen[`${transport}, ${mode}`] = `${data.constructor.name} of ${data.byteLength} bytes, hash ${hash}`;
  }
for (const data of [0, false, 5, true])
  for (const mode of ["binary", "structured"])
    try {
      const { body, headers } = HTTP[mode](new CloudEvent({ ...named, data }));
      seen[`${data}, ${mode}`] = String(HTTP.toEvent({ body, headers }).data);
    } catch ({ message }) {
      seen[`${data}, ${mode}`] = message.slice(0, 20);
    }
console.log(seen);
const right = "Uint8Array of 3 bytes, hash right";
const bytesSeen = [right, "Uint32Array of 12 bytes, hash wrong", right, right];
const others = ["0", "undefined", "false", "undefined", "invalid payload type", "5", "invalid payload type", "true"];
process.exit(Object.values(seen).join() === [...bytesSeen, ...others].join() ? 0 : 1);
JS
node_modules/.bin/node bytes.mjs
