import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { noChromium } from "../chromium.ts";
import { noDisplay } from "../display.ts";
import { freeze, hideForLong, hideForShort, problemsOf } from "./experiment.ts";

const HELP = `pnpm hidden [options]

Hides a page for ten minutes in a window of Debian's Chromium, on a screen that nobody sees (Xvfb), with the browser's own
throttling. Two workers run in it, each with a job that does not end and a lease of 30 s: one with the timers of
pagePlatform, one with the system's. Counts the leases that ended. Ends with 1 if one of pagePlatform's did, if a job ran
twice at once, or if the browser held no timer back.

  --seconds N  how long the page is hidden; default: 600, or 60 with --freeze
  --short      half a minute, with a browser that begins to hold timers back at once, and shorter leases
  --freeze     freezes the page instead, in the middle of its jobs, for a minute or as long as --seconds says, and counts
               the jobs that complete once it goes on
  --json       prints one JSON object on the last line
  --help       prints this
`;

const { values } = parseArgs({
  allowPositionals: true, // some package managers pass the "--" on
  options: {
    seconds: { type: "string" },
    short: { type: "boolean" },
    freeze: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});
const seconds = Number(values.seconds ?? (values.freeze ? 60 : 600));
if (values.help || !(seconds >= 1)) {
  process.stdout.write(values.help ? HELP : `--seconds must be a number from 1, but is ${values.seconds}.\n\n${HELP}`);
  process.exit(values.help ? 0 : 2);
}
const missing = noChromium ?? noDisplay;
if (missing !== undefined) {
  console.error(`The page cannot be hidden: ${missing}.`);
  process.exit(2);
}

if (values.freeze) {
  const frozen = await freeze(() => delay(1_000 * seconds));
  console.log(JSON.stringify(frozen));
  process.exit(frozen.completed === frozen.acknowledged ? 0 : 1);
}

const say = (line: string): void => {
  if (!values.json) console.log(line);
};
const watches = values.short
  ? await hideForShort({ page: 9_000, system: 3_000 })
  : await hideForLong({ leases: { page: 30_000, system: 30_000 }, seconds, say });
const problems = problemsOf(watches);
if (!values.json) console.table(watches);
for (const problem of problems) console.error(`FAILED: ${problem}`);
if (values.json) console.log(JSON.stringify(watches));
process.exitCode = problems.length === 0 ? 0 : 1;
