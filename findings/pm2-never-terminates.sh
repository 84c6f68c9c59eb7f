#!/bin/sh
# One would guess: a worker that stops well where Docker, Kubernetes and systemd stop it, at a SIGTERM and within ten seconds or more,
# stops well under pm2, too.
# What pm2 7.0.4 does: `restart` and `stop` send SIGINT, no SIGTERM, and SIGKILL 1.6 s later. A worker that listens for
# SIGTERM alone ends in the middle of its job with each deploy, and its `finally` never runs; one that listens for both signals has
# less than two seconds for the job in hand. (`kill_timeout`, in ms, and a listener for SIGINT.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
export PM2_HOME="$folder/pm2"
trap 'cd "$folder"; node_modules/.bin/pm2 kill >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pm2@7.0.4
cat >worker.cjs <<'JS'
const { appendFileSync } = require("node:fs");
const [log, ...signals] = process.argv.slice(2);
const note = (text) => appendFileSync(log, `${text}\n`);
// The job in hand takes five seconds from the signal on.
const stop = (signal) => {
  note(signal);
  setTimeout(() => {
    note("job ended");
    process.exit();
  }, 5000);
};
for (const signal of signals) process.on(signal, stop);
setInterval(() => {}, 1000);
note("job begun");
JS
wrong=0
begun() { until [ "$(grep -sc begun "$log")" = "$1" ]; do sleep 0.1; done; }
expect() { # log, what is expected in it, pm2's options, the signals listened for
  log=$1 expected=$2 options=$3
  shift 3
  node_modules/.bin/pm2 start worker.cjs --name "$log" $options -- "$log" "$@" >/dev/null
  begun 1
  node_modules/.bin/pm2 restart "$log" >/dev/null
  begun 2
  node_modules/.bin/pm2 stop "$log" >/dev/null
  seen=$(tr '\n' ',' <"$log")
  echo "$log: $seen"
  [ "$seen" = "$expected" ] || wrong=1
}
expect term-alone "job begun,job begun," "" SIGTERM
expect both "job begun,SIGINT,job begun,SIGINT," "" SIGTERM SIGINT
expect both-and-time "job begun,SIGINT,job ended,job begun,SIGINT,job ended," "--kill-timeout 60000" SIGTERM SIGINT
exit $wrong
