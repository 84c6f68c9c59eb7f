/** `pnpm site [--build]`: makes the site from the pages of this repository and its packages' types, and serves it. */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { build, serve } from "vitepress";
import { writePages } from "./pages.ts";
import { writeReference } from "./reference.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { build: { type: "boolean" }, port: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(
    "pnpm site [--build] [--port 4173]\n\nMakes the site in site/dist, and serves it on this machine unless it is only built.",
  );
  process.exit(0);
}
const site = fileURLToPath(new URL("./", import.meta.url));
console.error("reading the pages");
writePages(`${site}generated`);
console.error("making the reference from the types");
await writeReference(`${site}generated/api`);
console.error("building the site");
// Fails if a page links to one that is not there.
await build(site);
console.log("the site is in site/dist");
if (!values.build) await serve({ root: site, port: Number(values.port ?? 4_173) });
