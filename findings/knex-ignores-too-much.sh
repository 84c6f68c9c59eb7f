#!/bin/sh
# One would guess: `knex("job").insert(jobs).onConflict("id").ignore()` passes over a job whose id is there already, and nothing else: what
# the table cannot hold is an error, as without it, and as in Postgres.
# What knex 3.3.0 with MariaDB 10.11 does: it writes `INSERT IGNORE`, which has no errors of values, but makes something that fits. The
# JSON of a payload that is too long is stored cut off, a state that the column does not know as '', 1 000 as 127, a time that
# cannot be read as 0000-00-00 and null as 0. The answer is that of success; the warnings are where nobody asks for them. So
# there may be a job with half a payload that can never be parsed, or one that was due long ago. (`merge(["id"])` passes over the
# same jobs, by `ON DUPLICATE KEY UPDATE`, and refuses the rest.) Exits non-zero once that has changed. Needs Debian or a child
# of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
PATH="$PATH:/usr/sbin"
command -v mariadbd >/dev/null || apt-get install -y mariadb-server >/dev/null 2>&1
mariadbd --version
npm init -y >/dev/null
npm install --silent --no-audit --no-fund knex@3.3.0 mysql2@3.24.6
# It does not run as root.
mkdir data
user=$(id -un)
[ "$user" != root ] || user=mysql
chown "$user" "$folder" data
mariadb-install-db --no-defaults --user="$user" --datadir="$folder/data" --auth-root-authentication-method=normal >/dev/null
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
mariadbd --no-defaults --user="$user" --datadir="$folder/data" --bind-address=127.0.0.1 --port="$port" --socket="$folder/socket" \
  --pid-file="$folder/pid" --skip-grant-tables --skip-networking=0 2>server.log &
server=$!
until grep -q "ready for connections" server.log; do
  kill -0 "$server"
  sleep 1
done
cat >ignore.mjs <<'JS'
import knexOver from "knex";
const connection = { host: "127.0.0.1", port: Number(process.argv[2]), user: "root", database: "test", dateStrings: true };
const knex = knexOver({ client: "mysql2", connection });
await knex.raw(`CREATE TABLE job(id varchar(20) PRIMARY KEY, state enum('waiting', 'done') NOT NULL, attempts tinyint NOT NULL,
  due datetime NOT NULL, priority int NOT NULL, payload varchar(20) NOT NULL)`);
const fits = { id: "fits", state: "waiting", attempts: 0, due: "2026-11-30 09:00:00", priority: 5, payload: '{"to":"a@b.example"}' };
const wrong = [
  { payload: '{"to":"somebody@b.example"}' },
  { state: "waitng" },
  { attempts: 1000 },
  { due: "2026-11-31 09:00:00" },
  { priority: null },
];
const jobs = wrong.map((values) => ({ ...fits, ...values, id: Object.keys(values)[0] }));
await knex("job").insert(fits);

/** What becomes of each job: the value that is stored in place of its own, or that there is an error. */
const ends = async (insert) => {
  const seen = {};
  for (const job of jobs) {
    const stored = () => knex("job").where("id", job.id).first();
    seen[job.id] = await insert(knex("job").insert([fits, job])).then(
      async () => (await stored())[job.id],
      async () => `refused, ${(await stored()) === undefined ? "not stored" : "stored"}`,
    );
  }
  return seen;
};
const merged = await ends((insert) => insert.onConflict("id").merge(["id"]));
const ignored = await ends((insert) => insert.onConflict("id").ignore());
console.log({ ignored, merged });
await knex.destroy();
const made = JSON.stringify(Object.values(ignored)) === JSON.stringify(['{"to":"somebody@b.ex', "", 127, "0000-00-00 00:00:00", 0]);
process.exit(made && Object.values(merged).every((end) => end === "refused, not stored") ? 0 : 1);
JS
node ignore.mjs "$port"
