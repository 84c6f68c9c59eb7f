/**
 * `pnpm bench:postgres [--json] [--waiting N]`: what operators of the Postgres store ask. The server's processor time per
 * job, with few and with many jobs waiting and beside a transaction that stays open, the connections, and an outage.
 */
import { parseArgs } from "node:util";
import { operatorFigures } from "./postgres/operators.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    json: { type: "boolean" },
    waiting: { type: "string", default: "1000000" },
    help: { type: "boolean", short: "h" },
  },
});
const waiting = Number(values.waiting);
if (values.help || !Number.isInteger(waiting) || waiting < 30_000) {
  console.log(
    "pnpm bench:postgres [--json] [--waiting N]\n\nThe server's processor time for a job of the Postgres store while 10 000 and N jobs wait (at least 30 000,\n1 000 000 by default) and beside an open transaction; its connections; and how soon jobs run after an outage.",
  );
  process.exit(values.help ? 0 : 1);
}
const figures = await operatorFigures(waiting, (text) => console.error(text));
if (values.json) console.log(JSON.stringify(figures));
else for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(70)}${value}`);
