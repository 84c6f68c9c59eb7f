/** `pnpm kills`: SIGKILLs while jobs flow, and a ledger outside that says what was lost. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { stampOf } from "./commit.ts";
import type { KillFigures } from "./guarantees/results.ts";
import { LEASE_MS } from "./kills/jobs.ts";
import { killLoop } from "./kills/loop.ts";
import { brokerLoop } from "./kills/rabbitmq/loop.ts";
import { complaints, tableOf } from "./kills/report.ts";
import { STORES, sabotages } from "./kills/sabotages.ts";

const HELP = `pnpm kills [--store STORE] [--n KILLS] [--seed SEED] [--sabotage NAME] [--json]

Lets jobs flow through a store and kills what runs them (SIGKILL) again and again, 20 to 400 ms apart. Then it leaves
the rest alone, and compares what the store keeps with a ledger outside: lost and unexpected must be 0, and every job
must have come to its end. Needs no network. What it cannot show: a loss of power, which takes what the disk has not yet
written. A SIGKILL takes nothing that a process has written to a file, synced or not.

  --store     durable-objects  workerd, Cloudflare's runtime, with an object whose storage is on disk (default)
              postgres         three processes, and a server of PostgreSQL: Debian's, or npm's where there is none. For
                               every 25 kills, one of the server and one immediate restart, and at least one of each
              rabbitmq         three processes, and a RabbitMQ, killed once for every 25. A broker keeps no rows: in the
                               end its queues must be empty, and every job have run to its end or be a dead letter
              redis            three processes, and a redis-server with its log of changes, killed once for every 25
              sqlite           three processes that share a file. No SIGKILL can show a commit that was not synced
  --n         how many kills (default 100, some 45 s)
  --seed      repeats the moments of the kills and what the producer does; what then happens is not the same
  --sabotage  breaks the store first, to see the loop fail:
${STORES.flatMap((store) => [
  `                ${store}`,
  ...Object.entries(sabotages[store]).map(([name, { what }]) => `                  ${name.padEnd(18)}${what}`),
]).join("\n")}
  --json      prints one JSON object

Ends with 1 if anything is wrong.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    store: { type: "string", default: STORES[0] },
    n: { type: "string", default: "100" },
    seed: { type: "string", default: String(randomInt(2 ** 32)) },
    sabotage: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const store = STORES.find((name) => name === values.store) ?? refuse(`There is no store ${values.store}.`);
const turns = integer("--n", values.n, 1);
const seed = integer("--seed", values.seed, 0);
const sabotage = values.sabotage === undefined ? undefined : sabotages[store][values.sabotage];
if (values.sabotage !== undefined && sabotage === undefined) {
  refuse(`There is no sabotage ${values.sabotage} of ${store}.`);
}

// What was started is ended, and its folder removed, whenever this process exits.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => process.exit(code));
}

console.error(`${store}, ${turns} kills, seed ${seed}`);
const stamp = stampOf(`kills-${store}`);
const startedAt = performance.now();
const options = { kills: turns, seed, sabotage, say: (line: string) => console.error(line) };
const finding = store === "rabbitmq" ? await brokerLoop(options) : await killLoop({ ...options, store });
const wrong = complaints(finding);
const { counters, problems, entries: _entries, ...figures } = finding;
const counts = Object.fromEntries(Object.entries(problems).map(([kind, ids]) => [kind, ids.length]));
const report: KillFigures = {
  store,
  ...counters,
  ...figures,
  ...(store !== "rabbitmq" && { leaseMs: LEASE_MS }),
  seed,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  problems: counts as KillFigures["problems"], // the same keys
  ok: wrong.length === 0,
  ...stamp,
};
for (const line of wrong) console.error(line);
console.log(values.json ? JSON.stringify(report) : tableOf(report));
process.exit(report.ok ? 0 : 1);

function integer(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) refuse(`${name} must be an integer of at least ${least}.`);
  return number;
}

function refuse(why: string): never {
  console.error(`${why}\n\n${HELP}`);
  process.exit(2);
}
