import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "./embedded-postgres.ts";
import { type Result, runDemo } from "./run.ts";

const HELP = `pnpm demo:node [options]

Runs apps/node, sends it an order for each of 329 real events, and while they are confirmed to a warehouse, restarts the
app once and kills it once. Then counts, outside the app, what the warehouse was told. First on SQLite, with nothing
installed; then on PostgreSQL, from npm's binaries, whose server is ended as well: in all its processes at once, and by a
SIGKILL. Ends with 1 if an order is lost.

  --only NAME  sqlite or postgres
  --verbose    prints what the app logs, such as each refusal by the warehouse
  --json       prints the counts as JSON
  --help       prints this
`;

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    json: { type: "boolean" },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const { verbose } = values;
const names = values.only === undefined ? ["sqlite", "postgres"] : [values.only];
const unknown = names.find((name) => name !== "sqlite" && name !== "postgres");
if (unknown !== undefined) {
  console.error(`--only must be sqlite or postgres, but is ${unknown}.`);
  process.exit(2);
}

const say = (line: string): void => {
  if (!values.json) console.log(line);
};
const results: Record<string, Result> = {};
for (const name of names) results[name] = await (name === "sqlite" ? onSqlite() : onPostgres());

if (values.json) console.log(JSON.stringify(results, undefined, 2));
else console.table(results);
process.exitCode = Object.values(results).every(({ lost, unknown: strange }) => lost === 0 && strange === 0) ? 0 : 1;

async function onSqlite(): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-node-"));
  try {
    return await runDemo(join(folder, "orders.db"), (line) => say(`sqlite    ${line}`), verbose);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onPostgres(): Promise<Result> {
  say("postgres  starting the server");
  const server = await startPostgres();
  try {
    return await runDemo(server.url, (line) => say(`postgres  ${line}`), verbose, server);
  } finally {
    await server.stop();
  }
}
