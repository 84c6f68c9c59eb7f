#!/bin/sh
# One would guess: a job that beanstalkd gets back (`release` with its old priority, after a failure) goes behind those that
# wait already with the same priority, so that each has its turn; and where a reserver vanishes, the server counts that.
# What beanstalkd 1.12 does: within a priority the order is that of the ids, always. What is released comes back first, also
# after a delay: one job that fails for ever is the next one again and again, and the others never get a turn. Where the
# connection of a reserver ends, its job is ready at once, whatever its TTR, and `timeouts` and `releases` both stay 0: who
# counts attempts by those two never sees a job that kills its workers (`reserves` alone tells). Exits non-zero once that
# has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
if ! command -v beanstalkd >/dev/null; then
  apt-get download beanstalkd >/dev/null 2>&1
  dpkg -x beanstalkd_*.deb .
  PATH="$folder/usr/bin:$PATH"
fi
beanstalkd -v
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
beanstalkd -l 127.0.0.1 -p "$port" &
server=$!
cat >release.mjs <<'JS'
import { connect } from "node:net";

async function open(port) {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, "127.0.0.1");
    const fine = await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)));
    if (fine) return client(socket);
    if (tries === 100) throw new Error("no server");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// One command at a time; the answer's first line, and the body if there is one.
function client(socket) {
  let heard = "";
  let tell = () => {};
  socket.on("data", (data) => ((heard += data), tell()));
  return {
    end: () => new Promise((resolve) => socket.once("close", resolve).end()),
    ask: (line, body) =>
      new Promise((resolve) => {
        tell = () => {
          const end = heard.indexOf("\r\n");
          if (end < 0) return;
          const first = heard.slice(0, end);
          const size = /^(RESERVED \d+|OK) (\d+)$/.exec(first)?.[2];
          const whole = end + 2 + (size === undefined ? 0 : Number(size) + 2);
          if (heard.length < whole) return;
          const answer = [first, heard.slice(end + 2, whole).trim()];
          heard = heard.slice(whole);
          resolve(answer);
        };
        socket.write(body === undefined ? `${line}\r\n` : `${line}\r\n${body}\r\n`);
      }),
  };
}

const port = Number(process.argv[2]);
const worker = await open(port);
for (const job of ["bad", "good", "good too"]) await worker.ask(`put 10 0 600 ${job.length}`, job);
const order = [];
for (let turn = 0; turn < 6; turn++) {
  const [first, body] = await worker.ask("reserve");
  order.push(body);
  // The last of them after a delay of a second, in which the others wait.
  const delay = turn === 5 ? 1 : 0;
  await worker.ask(`release ${first.split(" ")[1]} 10 ${delay}`);
}
await new Promise((resolve) => setTimeout(resolve, 3000));
const [, afterDelay] = await worker.ask("reserve");
await worker.end();

const onlooker = await open(port);
let stats = "";
while (!stats.includes("state: ready")) stats = (await onlooker.ask("stats-job 1"))[1];
const count = (name) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(stats)[1]);
const lost = { ttr: count("ttr"), reserves: count("reserves"), timeouts: count("timeouts"), releases: count("releases") };
console.log(JSON.stringify({ order, afterDelay, afterTheReserverWent: lost }));
const same = order.every((job) => job === "bad") && afterDelay === "bad";
process.exit(same && lost.ttr === 600 && lost.reserves === 7 && lost.timeouts === 0 && lost.releases === 6 ? 0 : 1);
JS
node release.mjs "$port"
