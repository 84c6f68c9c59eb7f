#!/bin/sh
# One would guess: `transaction.afterCommit(…)` of sequelize is the place to enqueue a job: it runs once the data are
# committed, also where the function that registers it opens a transaction inside its caller's.
# What sequelize 6.37.8 does: a transaction within another is a savepoint, and its hook runs as that is released, while the
# outer transaction is open. A worker that starts the job at once does not find the row, and where the outer one rolls back
# after that there is a job for an order that never was. (The hook on the outermost.) Exits non-zero once that has changed.
# Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
# The server of Debian; it does not run as root.
newest() { find /usr/lib/postgresql -path "*/bin/postgres" 2>/dev/null | sort -V | tail -n 1; }
[ -n "$(newest)" ] || apt-get install -y postgresql >/dev/null 2>&1
bin=$(dirname "$(newest)")
"$bin/postgres" --version
mkdir data
as=
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder" data
  as="setpriv --reuid=postgres --regid=postgres --clear-groups"
fi
$as "$bin/initdb" -D data -A trust -U postgres >/dev/null
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 sequelize@6.37.8
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
$as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2>server.log &
server=$!
until $as "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  kill -0 "$server"
  sleep 1
done
cat >after.mjs <<'JS'
import { Sequelize } from "sequelize";
const models = new Sequelize(`postgres://postgres@127.0.0.1:${process.argv[2]}/postgres`, { logging: false });
await models.query("CREATE TABLE orders(id int)");
const count = async () => Number((await models.query("SELECT count(*) AS n FROM orders"))[0][0].n);
const seen = [];
const placeOrder = (outer) =>
  models.transaction({ transaction: outer }, async (transaction) => {
    await models.query("INSERT INTO orders VALUES (1)", { transaction });
    transaction.afterCommit(async () => seen.push(`hook: ${await count()} orders to be seen`));
  });
await models
  .transaction(async (outer) => {
    await placeOrder(outer);
    seen.push("outer fails");
    throw new Error("payment refused");
  })
  .catch(() => {});
seen.push(`at the end: ${await count()} orders`);
await models.close();
console.log(seen);
process.exit(seen.join("; ") === "hook: 0 orders to be seen; outer fails; at the end: 0 orders" ? 0 : 1);
JS
node after.mjs "$port"
