/** Prepares a package, in its own folder, before it becomes a tarball: builds it and adds the project's changelog. */
import { copyFileSync, existsSync, globSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runQuietly } from "./run.ts";

const root = join(import.meta.dirname, "..");

// Only pnpm replaces `workspace:^` in the manifest by versions; a tarball by another tool could not be installed.
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
// The compiler does not remove the output of deleted files.
for (const file of globSync("dist/**/*.{js,d.ts,map}")) {
  const source = file.replace(/^dist/, "src").replace(/(\.d)?\.[jt]s(\.map)?$/, ".ts");
  if (!existsSync(source)) rmSync(file);
}
copyFileSync(join(root, "CHANGELOG.md"), "CHANGELOG.md");
