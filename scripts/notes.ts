import { readFileSync, writeFileSync } from "node:fs";
import { getReleasePlan } from "@changesets/get-release-plan";

/** `pnpm release:notes`: what the changesets say of the next version. `--write` puts it into CHANGELOG.md. */
const root = new URL("../", import.meta.url);
const { changesets, releases } = await getReleasePlan(root.pathname);
const version = releases.find(({ name }) => name === "@longshore/core")?.newVersion;

if (version === undefined || changesets.length === 0) {
  console.log("There are no changesets, so there is no next version: `pnpm changeset` asks for one.");
} else {
  const lines = changesets.map(({ releases: about, summary }) => {
    const names = about.map(({ name }) => `\`${name.replace("@longshore/", "")}\``).sort();
    return `- ${names.join(", ")}: ${summary.trim().replaceAll(/\s*\n\s*/g, " ")}`;
  });
  const notes = `## ${version}\n\n${lines.sort().join("\n")}\n`;
  console.log(notes);
  if (process.argv.includes("--write")) write(version, notes);
}

/** Before the versions that there were. */
function write(next: string, notes: string): void {
  const file = new URL("CHANGELOG.md", root);
  const before = readFileSync(file, "utf8");
  if (before.includes(`## ${next}\n`))
    throw new Error(`CHANGELOG.md has notes of ${next} already: take them away first.`);
  writeFileSync(
    file,
    before.replace(/^## /m, () => `${notes}\n## `),
  );
}
