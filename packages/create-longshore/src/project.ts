import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { manifestOf, workspaceOf } from "./manifest.ts";
import type { Tarballs } from "./tarballs.ts";
import type { Target } from "./target.ts";
import { type Secret, type Template, folderOf } from "./templates.ts";

/** What stands in the templates for the project's name. */
const PLACEHOLDER = "my-app";

/** A file of a project by its path, with slashes. */
type File = readonly [path: string, text: string];

/** Writes a project. All of its files are made before the first is written, and none that exists is written over. */
export function writeProject(template: Template, { folder, name }: Target, tarballs: Tarballs | undefined): void {
  const { secrets } = template;
  const files = filesOf(template, name, tarballs);
  for (const [path, text] of secrets === undefined ? files : [...files, [secrets.file, made(secrets.names)] as const]) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: "wx", mode: path === secrets?.file ? 0o600 : 0o666 });
  }
}

function filesOf(template: Template, name: string, tarballs: Tarballs | undefined): readonly File[] {
  const root = folderOf(template);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.startsWith("node_modules/"))
    .sort()
    .map((path): File => {
      const text = readFileSync(join(root, path), "utf8").replaceAll(PLACEHOLDER, name);
      if (path === "package.json") return [path, manifestOf(text, tarballs)];
      if (path === "pnpm-workspace.yaml") return [path, workspaceOf(text, tarballs)];
      return [path.replace(/^_/, "."), text];
    });
}

const USES: Readonly<Record<Secret, string>> = {
  DASHBOARD_PASSWORD: `Of the operators' page at /ops/, for the name "operator".`,
  LONGSHORE_TOKEN: "Of the command line at /jobs.",
};

/** As long as `basicAuth` and `bearerTokens` want them and longer. */
function made(names: readonly Secret[]): string {
  return names.map((name) => `# ${USES[name]}\n${name}=${randomBytes(24).toString("base64url")}\n`).join("");
}
