#!/bin/sh
# One would guess: SQLite's online backup, which node:sqlite (`backup`) and better-sqlite3 (`db.backup`) offer for a database
# in use, copies one state of the file while others write; in WAL mode writers do not even disturb it. A file of ten megabytes
# takes a moment.
# What node:sqlite of Node 24.21.0 and better-sqlite3 13.2.0 do: after each commit of another connection the copy begins again
# with its first page, without a word. In the file of a queue there is a commit every few milliseconds, and a copy that takes
# longer than the pause between two of them never ends: here, with one between its steps, it is still at its first pages after
# ten times as many steps as a whole copy has, and ends when the writer stops. `await backup(…)` stays open for as long.
# `VACUUM INTO` copies one state in one statement, whoever writes meanwhile. Exits non-zero
# once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund better-sqlite3@13.2.0 node@24.21.0
npm rebuild --silent better-sqlite3 node >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >backup.mjs <<'JS'
import { backup, DatabaseSync } from "node:sqlite";
import Better from "better-sqlite3";
const path = "queue.db";
const writer = new DatabaseSync(path);
writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE job(id INTEGER PRIMARY KEY, payload BLOB)");
const insert = writer.prepare("INSERT INTO job(payload) VALUES (zeroblob(3000))");
writer.exec("BEGIN");
for (let job = 1; job <= 3000; job++) insert.run();
writer.exec("COMMIT");

/** How many steps of 100 pages a copy takes, and the share that is left at best while another connection writes between its steps. */
const play = async (copy, writes) => {
  let steps = 0;
  let left = 1;
  await copy(({ remainingPages, totalPages }) => {
    steps += 1;
    if (steps > writes) return;
    left = Math.min(left, remainingPages / totalPages);
    insert.run();
  });
  return { steps, left: Number(left.toFixed(2)) };
};
const source = new DatabaseSync(path);
const better = new Better(path);
const copies = {
  "node:sqlite": (progress) => backup(source, "node.db", { rate: 100, progress }),
  "better-sqlite3": (progress) =>
    better.backup("better.db", {
      progress: (at) => {
        progress(at);
        return 100;
      },
    }),
};
let asClaimed = true;
for (const [library, copy] of Object.entries(copies)) {
  const alone = await play(copy, 0);
  const beside = await play(copy, 10 * alone.steps);
  console.log(library, { alone, beside });
  asClaimed &&= beside.steps > 10 * alone.steps && beside.left > 0.9;
}
process.exit(asClaimed ? 0 : 1);
JS
node_modules/.bin/node --no-warnings backup.mjs
