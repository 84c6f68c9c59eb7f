#!/bin/sh
# One would guess: a worker of @boringnode/queue that takes a job whose class it does not know (a deploy is under way, and a new process
# sends what the old worker has never heard of) leaves it for one that does, or puts it among the failed ones, with a word in its log.
# What @boringnode/queue 0.6.0 does: the job is failed without a try, and what has failed is removed at once unless its class says
# otherwise (`removeOnFail`), which an unknown one cannot. No retries are counted, `failed()` has no class to be called on, and the
# worker's cycle says `completed`, as of a job that was done. The job is nowhere. (`removeOnFail: false` as the default of the whole
# queue keeps it among the failed ones.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @boringnode/queue@0.6.0 knex@3.3.0 better-sqlite3@13.2.0
cat >unknown.mjs <<'JS'
import { Job, Locator, QueueManager, QueueSchemaService, Worker } from "@boringnode/queue";
import { knex } from "@boringnode/queue/drivers/knex_adapter";
import Knex from "knex";

class Known extends Job {
  static options = { name: "known" };
  async execute() {}
}
class Later extends Job {
  static options = { name: "later", maxRetries: 5, removeOnFail: false };
  async execute() {}
}
Locator.register("known", Known);

const outcome = async (defaults) => {
  const db = Knex({ client: "better-sqlite3", connection: { filename: ":memory:" }, useNullAsDefault: true });
  const schema = new QueueSchemaService(db);
  await schema.createJobsTable();
  await schema.createSchedulesTable();
  const config = { default: "db", adapters: { db: knex(db) }, locations: [], worker: { gracefulShutdown: false }, ...defaults };
  await QueueManager.init(config);
  await Known.dispatch({}).run();
  await Later.dispatch({}).run();
  const worker = new Worker(config);
  const cycles = [];
  do cycles.push((await worker.processCycle(["default"])).type);
  while (cycles.at(-1) !== "idle");
  await worker.stop();
  const rows = await db("queue_jobs").select("status");
  await QueueManager.destroy();
  return { cycles: cycles.join(), rows: rows.map(({ status }) => status).join() };
};
const seen = { asGiven: await outcome({}), keeping: await outcome({ defaultJobOptions: { removeOnFail: false } }) };
console.log(seen);
const cycles = "started,completed,started,completed,idle";
const isGone = seen.asGiven.cycles === cycles && seen.asGiven.rows === "";
process.exit(isGone && seen.keeping.rows === "failed" ? 0 : 1);
JS
node_modules/.bin/node unknown.mjs
