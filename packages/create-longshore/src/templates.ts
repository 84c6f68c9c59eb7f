import { fileURLToPath } from "node:url";
import { refusal } from "./refusal.ts";

export type Template = {
  readonly name: string;
  /** What a person chooses by. */
  readonly title: string;
  /** The file that gets the dashboard's password. Its `.gitignore` names it. */
  readonly secrets: ".env" | ".dev.vars";
  /** The first version of Node on which it runs; its package.json says the same. */
  readonly node: number;
};

export const TEMPLATES: readonly Template[] = [
  { name: "node-sqlite", title: "Node 24 with Hono; the jobs in a SQLite file", secrets: ".env", node: 24 },
  {
    name: "worker",
    title: "Cloudflare Worker with Hono; the jobs in a Durable Object",
    secrets: ".dev.vars",
    node: 22,
  },
];

export const TEMPLATE_NAMES: readonly string[] = TEMPLATES.map(({ name }) => name);

/** The template of that name. Refuses any other name. */
export function templateNamed(name: string): Template {
  const found = TEMPLATES.find((template) => template.name === name);
  if (found === undefined)
    throw refusal(`There is no template "${name}". Pass one of these with --template: ${TEMPLATE_NAMES.join(", ")}.`);
  return found;
}

/** Refuses a Node on which the project would not start. */
export function checkNode({ name, node }: Template, version: string): void {
  if (Number.parseInt(version.replace("v", ""), 10) >= node) return;
  throw refusal(
    `The template ${name} needs Node ${node} or later, and this is ${version}. Install a newer one, from nodejs.org or ` +
      "by your version manager, and start again; nothing was written.",
  );
}

export function folderOf({ name }: Template): string {
  return fileURLToPath(new URL(`../templates/${name}/`, import.meta.url));
}
