/** `pnpm pack:all`: a tarball of every package, in `artifacts/`. Plain npm can install them together. */
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runQuietly } from "./run.ts";
import { publishable } from "./tarballs.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
rmSync(`${root}artifacts`, { recursive: true, force: true });
await runQuietly("node", ["scripts/build.ts"]);
await runQuietly("pnpm", [
  "--recursive",
  "--filter",
  "./packages/**",
  "pack",
  "--pack-destination",
  `${root}artifacts`,
]);
for (const { tarball } of publishable) {
  if (!existsSync(root + tarball)) throw new Error(`pnpm made no ${tarball}.`);
  console.log(tarball);
}
