#!/bin/sh
# One would guess: `UPDATE job SET state = 'active' WHERE state = 'waiting' AND id IN (SELECT id FROM job WHERE state = 'waiting'
# ORDER BY due LIMIT 2 FOR UPDATE SKIP LOCKED) RETURNING id` claims two jobs at most; it may be slow by a bad plan, not wrong.
# What Postgres 18.7 does (in PGlite 0.5.17): if the statistics say that next to nothing waits, as they do when they were taken in
# a quiet hour, it reads the waiting jobs one by one and runs the subquery anew for each. That one passes over what this very
# statement has changed and answers the next two, so all twenty are claimed, by a worker that has room for two. A DELETE does
# the same, and so does a join with the subquery; after ANALYZE there are two again, so no test sees it. Without the outer
# `state = 'waiting'`, which changes nothing that one can see, there were two here, by the plan alone. (The subquery in a `WITH`, which
# runs once.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17
cat >claim.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
const two = "SELECT id FROM job WHERE state = 'waiting' ORDER BY due LIMIT 2 FOR UPDATE SKIP LOCKED";
const update = "UPDATE job SET state = 'active'";
const claims = {
  update: `${update} WHERE state = 'waiting' AND id IN (${two}) RETURNING id`,
  remove: `DELETE FROM job WHERE state = 'waiting' AND id IN (${two}) RETURNING id`,
  join: `${update} FROM (${two}) AS chosen WHERE job.id = chosen.id AND state = 'waiting' RETURNING job.id`,
  without: `${update} WHERE id IN (${two}) RETURNING id`,
  with: `WITH chosen AS (${two}) ${update} WHERE state = 'waiting' AND id IN (SELECT id FROM chosen) RETURNING id`,
};
const seen = {};
const db = await PGlite.create();
for (const [name, claim] of Object.entries(claims)) {
  seen[name] = [];
  for (const analyzed of ["quiet", "full"]) {
    await db.exec(`
      DROP TABLE IF EXISTS job;
      CREATE TABLE job(id integer PRIMARY KEY, state text NOT NULL, due integer NOT NULL);
      CREATE INDEX job_due ON job(due) WHERE state = 'waiting';
      INSERT INTO job SELECT n, 'done', n FROM generate_series(1, 1000) AS n;
      ${analyzed === "quiet" ? "ANALYZE job;" : ""}
      INSERT INTO job SELECT n, 'waiting', n FROM generate_series(1001, 1020) AS n;
      ${analyzed === "full" ? "ANALYZE job;" : ""}`);
    seen[name].push((await db.query(claim)).rows.length);
  }
}
await db.close();
console.log(seen);
const expected = { update: [20, 2], remove: [20, 2], join: [20, 2], without: [2, 2], with: [2, 2] };
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
JS
node claim.mjs
