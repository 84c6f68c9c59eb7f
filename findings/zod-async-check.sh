#!/bin/sh
# One would guess: where an asynchronous check of a zod schema rejects (its database is away), `~standard.validate` rejects,
# and whoever awaits it can catch that.
# What zod 4.6.7 does: it tries the schema at once first, sees that a check has answered a promise, drops that promise, and
# starts all over asynchronously. So each check runs twice, and the rejection of the first has no listener: Node ends the
# process, whatever the caller catches. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zod@4.6.7
cat >check.mjs <<'JS'
import { z } from "zod";
let calls = 0;
let unheard = 0;
process.on("unhandledRejection", () => unheard++);
const schema = z.string().refine(async () => {
  calls++;
  throw new Error("the database is away");
});
const caught = await Promise.resolve(schema["~standard"].validate("a")).then(() => "resolved", () => "caught");
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ caught, calls, unheard }));
process.exit(caught === "caught" && calls === 2 && unheard === 1 ? 0 : 1);
JS
node check.mjs
