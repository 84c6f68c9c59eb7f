#!/bin/sh
# One would guess: `await queue.add(…)` of bunqueue, which keeps its jobs in a file of SQLite, resolves once the job is in that file.
# Its process may be killed after that; a crash of the machine may cost what SQLite had not synced.
# What bunqueue 2.9.5 does (embedded, Bun 1.4.5): `add` resolves with the job's id as soon as the job is in memory, and the file gets it
# some milliseconds later, with others. A process that is killed in between, by its container's limit of memory or a deploy
# without patience, leaves nothing: the order says "mail queued", and no mail is in any state. A job that was added a moment
# earlier, or with `{ durable: true }`, is there. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bun@1.4.5 bunqueue@2.9.5
cat >add.mjs <<'JS'
import { Queue } from "bunqueue/client";
const [waitMs, durable] = [Number(process.argv[2]), process.argv[3] === "durable"];
const queue = new Queue("mails", { embedded: true });
const { id } = await queue.add("mail", { order: 17 }, { durable });
if (typeof id !== "string") process.exit(1);
if (waitMs > 0) await Bun.sleep(waitMs);
process.kill(process.pid, "SIGKILL");
JS
cat >count.mjs <<'JS'
import { Queue } from "bunqueue/client";
console.log((await new Queue("mails", { embedded: true }).getJobCounts()).waiting);
process.exit(0);
JS
# Prints how many jobs a killed process left: add.mjs' arguments.
left() {
  export DATA_PATH="$folder/$1-$2.db"
  node_modules/.bin/bun add.mjs "$1" "$2" >/dev/null 2>&1 || [ $? = 137 ]
  node_modules/.bin/bun count.mjs
}
atOnce=$(left 0 plain) later=$(left 500 plain) durable=$(left 0 durable)
echo "jobs after SIGKILL: at once $atOnce, half a second later $later, at once and durable $durable"
[ "$atOnce $later $durable" = "0 1 1" ]
