/** What every package does before it becomes a tarball, in its own folder: it is built, and has the project's changelog. */
import { copyFileSync, existsSync, globSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runQuietly } from "./run.ts";

const root = join(import.meta.dirname, "..");

// Only pnpm writes versions where the manifest has `workspace:^`; what another packs could not be installed.
if (!/pnpm[^/\\]*$/.test(process.env["npm_execpath"] ?? "")) {
  console.error(
    "This package depends on others of its workspace: pack it with `pnpm pack`, or all with `pnpm pack:all`.",
  );
  process.exit(1);
}

await runQuietly("turbo", [
  "run",
  "build",
  "--filter",
  `./${relative(root, process.cwd())}`,
  "--output-logs=errors-only",
]);
// The compiler leaves what it made of a file that has gone since.
for (const file of globSync("dist/**/*.{js,d.ts,map}")) {
  const source = file.replace(/^dist/, "src").replace(/(\.d)?\.[jt]s(\.map)?$/, ".ts");
  if (!existsSync(source)) rmSync(file);
}
copyFileSync(join(root, "CHANGELOG.md"), "CHANGELOG.md");
