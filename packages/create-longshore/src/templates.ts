import { fileURLToPath } from "node:url";
import { refusal } from "./refusal.ts";

/** Made for each project. */
export type Secret = "DASHBOARD_PASSWORD" | "LONGSHORE_TOKEN";

export type Template = {
  readonly name: string;
  /** What a person chooses by. */
  readonly title: string;
  /** The file of its secrets, which its `.gitignore` names. One that runs in a browser alone has none. */
  readonly secrets?: { readonly file: ".env" | ".dev.vars"; readonly names: readonly Secret[] };
  /** The first version of Node on which it runs; its package.json says the same. */
  readonly node: number;
};

const NODE_SECRETS = { file: ".env", names: ["DASHBOARD_PASSWORD"] } as const;
const WORKER_SECRETS = { file: ".dev.vars", names: ["DASHBOARD_PASSWORD", "LONGSHORE_TOKEN"] } as const;

export const TEMPLATES: readonly Template[] = [
  { name: "node-sqlite", title: "Node 24 with Hono; the jobs in a SQLite file", secrets: NODE_SECRETS, node: 24 },
  { name: "node-postgres", title: "Node 24 with Hono; the jobs in PostgreSQL", secrets: NODE_SECRETS, node: 24 },
  {
    name: "worker",
    title: "Cloudflare Worker with Hono; the jobs in a Durable Object",
    secrets: WORKER_SECRETS,
    node: 22,
  },
  {
    name: "worker-queues",
    title: "Cloudflare Worker with Hono; the jobs in a Durable Object, carried by Cloudflare Queues",
    secrets: WORKER_SECRETS,
    node: 22,
  },
  { name: "browser", title: "A page by Vite that works offline; the jobs in IndexedDB", node: 22 },
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
