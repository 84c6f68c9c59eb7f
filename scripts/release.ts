import { spawnSync } from "node:child_process";

/**
 * `pnpm release:check`: whether what is here could be published, and the notes. The checks; the tarballs in empty projects
 * of npm, pnpm, Bun and Deno, on each Node and by each compiler; JSR's dry run. Publishes nothing.
 */
const MATRIX = ["tarballs", "types", "examples", "suites: create-longshore"].flatMap((name) => ["--only", name]);

for (const args of [["scripts/check.ts"], ["matrix/main.ts", ...MATRIX], ["scripts/notes.ts"]]) {
  const { status } = spawnSync(process.execPath, args, { cwd: new URL("../", import.meta.url), stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
