import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { noChromium } from "./browser.ts";
import { problemsOf, runDemo } from "./run.ts";

const HELP = `pnpm demo:browser [options]

Opens apps/field in Debian's Chromium, takes its network away, keeps 28 notes (of real webhooks) and 12 photos (of Debian's
gnome-backgrounds) there, reloads the page, and kills the browser while photos are resized. Then the network returns, behind
a proxy that answers some calls with 502, before or after apps/edge has done them. Counts what the server has in the end.
Ends with 1 if anything is lost.

  --screenshots FOLDER  where to put what somebody would have seen; default: longshore-field in the folder for temporary files
  --json                prints the counts as JSON
  --help                prints this
`;

const { values } = parseArgs({
  allowPositionals: true, // some package managers pass the "--" on
  options: {
    screenshots: { type: "string", default: join(tmpdir(), "longshore-field") },
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const missing = noChromium();
if (missing !== undefined) {
  console.error(`The demo needs a browser: ${missing}.`);
  process.exit(2);
}
// What was started is ended, and its folder removed, whenever this process exits.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => process.exit(code));
}

const result = await runDemo(values.screenshots, (line) => {
  if (!values.json) console.log(line);
});
const problems = problemsOf(result);
if (values.json) console.log(JSON.stringify(result, undefined, 2));
else {
  console.table(result);
  console.log(`Screenshots: ${values.screenshots}`);
}
for (const problem of problems) console.error(`FAILED: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
