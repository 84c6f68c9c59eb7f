import { experiment } from "./experiment.ts";
import { table } from "./score.ts";
import { operatorsView } from "./view.ts";

const HELP = `demo [--json]

Runs apps/edge in Cloudflare's own runtime (workerd, by wrangler dev) on this machine, posts the real GitHub webhooks
of @octokit/webhooks-examples to it, relays them to a local subscriber that is slow, fails, hangs and goes away, kills
the runtime three times meanwhile, replays the dead letters once the subscriber has recovered, and counts what was
lost. Nearly all of those webhooks are of one repository; here they are dealt out to eight. Ends with what the app's operator sees: rates and times, dead letters by error, and the alerts that came. Needs no
network. Takes about a minute, longer on a busy machine, and gives up where nothing moves for a minute or more. Ends
with 1 if anything was lost or was settled as completed twice, if nobody could say what became of something, if what the
operator sees is not what the subscriber's own ledger says, if events of a repository came out of order there or more
than two at once, or if an alert came twice or never.

  --json   print one JSON object on the last line
  --help   print this
`;

// Some package managers pass the "--" on.
const given = new Set(process.argv.slice(2).filter((argument) => argument !== "--"));
const json = given.delete("--json");
const help = given.delete("--help") || given.delete("-h");
if (help || given.size > 0) {
  process.stdout.write(given.size > 0 ? `There is no ${[...given].join(", ")}.\n\n${HELP}` : HELP);
  process.exit(given.size > 0 ? 2 : 0);
}

// What was started is ended, and its folder removed, whenever this process exits.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => process.exit(code));
}

const { score, stats, alerts, problems } = await experiment();
if (stats !== undefined) console.log(`${operatorsView(stats, { ...score, alerts })}\n`);
console.log(table(score));
for (const problem of problems) console.log(`FAILED: ${problem}`);
if (json) console.log(JSON.stringify(score));
process.exit(problems.length === 0 ? 0 : 1);
