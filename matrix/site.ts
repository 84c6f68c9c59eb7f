import { readdirSync } from "node:fs";
import { join } from "node:path";
import { built } from "./built.ts";
import { output, root } from "./outside.ts";

/** Builds the site, which fails if a link of it leads nowhere. */
export async function siteIsBuilt(): Promise<string> {
  await built();
  await output(process.execPath, ["site/main.ts", "--build"], { cwd: root });
  const files = readdirSync(join(root, "site/dist"), { recursive: true, encoding: "utf8" });
  return `${files.filter((name) => name.endsWith(".html")).length} pages`;
}
