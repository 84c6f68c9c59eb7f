#!/bin/sh
# One would guess: what superjson can write it can read; what it cannot carry is refused when it is written, or comes back
# as something plainer. A Buffer, which is a Uint8Array, comes back as a Uint8Array.
# What superjson 2.2.7 does: `stringify` takes a Buffer without a word, as a typed array of the name "Buffer", and `parse`
# throws "Trying to deserialize unknown typed array": the whole payload, not only that field, can never be read again. A job
# whose input holds one (a digest, a file's bytes) is accepted and fails at every attempt. An invalid Date is written, too,
# and comes back as null. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund superjson@2.2.7
cat >buffer.mjs <<'JS'
import { createHash } from "node:crypto";
import superjson from "superjson";
const input = { order: 17, digest: createHash("sha256").update("order 17").digest() };
const text = superjson.stringify(input);
let read;
try {
  superjson.parse(text);
  read = "read";
} catch (error) {
  read = error.message;
}
const plain = superjson.parse(superjson.stringify({ digest: new Uint8Array(input.digest) }));
const due = superjson.parse(superjson.stringify({ due: new Date(NaN) })).due;
console.log(JSON.stringify({ written: text.length > 0, read, asUint8Array: plain.digest.length, invalidDate: due }));
process.exit(read.startsWith("Trying to deserialize") && plain.digest.length === 32 && due === null ? 0 : 1);
JS
node buffer.mjs
