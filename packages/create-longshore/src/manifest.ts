import { readFileSync } from "node:fs";
import { refusal } from "./refusal.ts";
import type { Tarballs } from "./tarballs.ts";

/** The parts of a template's package.json that are changed. */
type Manifest = {
  readonly dependencies: Dependencies;
  readonly devDependencies: Dependencies;
};
type Dependencies = Readonly<Record<string, string>>;

/** Of this program, which is also that of the packages. */
export const VERSION: string = versionOf(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

function versionOf(manifest: string): string {
  return (JSON.parse(manifest) as { version: string }).version; // our own
}

/**
 * A template's package.json for the new project: Longshore's packages in our own version, or from tarballs. Refuses
 * tarballs that lack one of them.
 */
export function manifestOf(template: string, tarballs: Tarballs | undefined): string {
  const manifest = JSON.parse(template) as Manifest; // ours
  const whole = {
    ...manifest,
    dependencies: resolved(manifest.dependencies, tarballs),
    devDependencies: resolved(manifest.devDependencies, tarballs),
    // For what the packages need of each other, too: no registry has it.
    ...(tarballs !== undefined && { overrides: Object.fromEntries([...tarballs].map(fromFile)) }),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

/** A template's pnpm-workspace.yaml for the new project: pnpm reads its overrides there alone. */
export function workspaceOf(template: string, tarballs: Tarballs | undefined): string {
  if (tarballs === undefined) return template;
  // A text in JSON is one in YAML, too.
  const lines = [...tarballs]
    .map(fromFile)
    .map(([name, file]) => `  ${JSON.stringify(name)}: ${JSON.stringify(file)}\n`);
  return `${template}overrides:\n${lines.join("")}`;
}

function resolved(dependencies: Dependencies, tarballs: Tarballs | undefined): Dependencies {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => {
      if (!isOurs(name)) return [name, range];
      if (tarballs === undefined) return [name, `^${VERSION}`];
      const file = tarballs.get(name);
      if (file === undefined)
        throw refusal(`The tarballs lack ${name}. Make all of them by \`npx -y pnpm@12 pack:all\` in a clone.`);
      return fromFile([name, file]);
    }),
  );
}

function isOurs(name: string): boolean {
  return name === "longshore" || name.startsWith("@longshore/");
}

function fromFile([name, file]: readonly [string, string]): readonly [string, string] {
  return [name, `file:${file}`];
}
