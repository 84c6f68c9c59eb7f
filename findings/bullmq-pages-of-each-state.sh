#!/bin/sh
# One would guess: `queue.getJobs(["waiting", "delayed"], 0, 4)` of BullMQ is a page of five jobs, the next to run first, as
# `getWaiting(0, 4)` has them; the next page is `5, 9`, and the pages together are the list.
# What BullMQ 6.7.0 does: it takes places 0 to 4 of each state and puts them one behind the other: ten jobs of two states.
# And it begins at the end: with no fourth argument the newest comes first, where `getWaiting` gives the oldest, so that "the
# next five" of a dashboard are the last five. A list by pages has the delayed ones of page one before the waiting ones of page two.
# (One state for each call, and `true` as fourth argument.) Exits non-zero once that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
command -v redis-server >/dev/null || apt-get install -y redis-server >/dev/null 2>&1
redis-server --version | cut -d " " -f 1-3
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" >/dev/null &
server=$!
cat >pages.mjs <<'JS'
import { Queue } from "bullmq";
const queue = new Queue("jobs", { connection: { host: "127.0.0.1", port: Number(process.argv[2]) } });
for (let n = 1; n <= 10; n++) {
  await queue.add(`w${n}`, {});
  await queue.add(`d${n}`, {}, { delay: 3_600_000 + n * 1000 });
}
const names = async (jobs) => (await jobs).map(({ name }) => name).join(" ");
const both = ["waiting", "delayed"];
const seen = {
  getWaiting: await names(queue.getWaiting(0, 4)),
  getJobs: await names(queue.getJobs("waiting", 0, 4)),
  ascending: await names(queue.getJobs("waiting", 0, 4, true)),
  pageOfBoth: await names(queue.getJobs(both, 0, 4)),
};
console.log(seen);
await queue.close();
const [oldest, newest] = ["w1 w2 w3 w4 w5", "w10 w9 w8 w7 w6"];
const ofOne = seen.getWaiting === oldest && seen.getJobs === newest && seen.ascending === oldest;
process.exit(ofOne && seen.pageOfBoth === `${newest} d10 d9 d8 d7 d6` ? 0 : 1);
JS
timeout 60 node pages.mjs "$port"
