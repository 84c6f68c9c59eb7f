#!/bin/sh
# One would guess: with `structures: []`, which msgpackr and cbor-x offer for smaller records, a process reads what another
# one wrote, or fails to: what it cannot know is an error.
# What msgpackr 2.1.4 and cbor-x 1.6.9 do: a record is written as the number of its list of names and the values alone, and
# each process counts by itself from the same number. A reader that has written a record of as many fields itself reads the
# other's values under its own names: { userId: 17, cents: 500 } comes out as { orderId: 17, count: 500 }, with no error. A
# process that starts anew so reads its own older payloads, once it has written another kind of job first. (Without the
# option each payload stands alone; with it the lists have to be stored as well.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund msgpackr@2.1.4 cbor-x@1.6.9
cat >write.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { Encoder } from "cbor-x";
import { Packr } from "msgpackr";
const charge = { userId: 17, cents: 500 };
writeFileSync("msgpackr", new Packr({ structures: [] }).pack(charge));
writeFileSync("cbor-x", new Encoder({ structures: [] }).encode(charge));
writeFileSync("plain", new Packr().pack(charge));
JS
cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Encoder } from "cbor-x";
import { Packr } from "msgpackr";
const order = { orderId: 3, count: 2 };
const packr = new Packr({ structures: [] });
packr.pack(order);
const encoder = new Encoder({ structures: [] });
encoder.encode(order);
const plain = new Packr();
plain.pack(order);
const seen = {
  msgpackr: packr.unpack(readFileSync("msgpackr")),
  "cbor-x": encoder.decode(readFileSync("cbor-x")),
  "msgpackr without the option": plain.unpack(readFileSync("plain")),
};
console.log(JSON.stringify(seen));
const fits = ['{"orderId":17,"count":500}', '{"orderId":17,"count":500}', '{"userId":17,"cents":500}'];
process.exit(Object.values(seen).every((value, at) => JSON.stringify(value) === fits[at]) ? 0 : 1);
JS
node write.mjs
node read.mjs
