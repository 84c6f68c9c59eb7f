import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { projectOf } from "../docs/projects.ts";
import { app, compiler, onOldWrangler } from "./installed.ts";
import { type Running, output, root, start, write } from "./outside.ts";

type Installed = { readonly folder: string; readonly node?: string };

/**
 * Checks a document's Worker with its own configuration: its types, if it shows a `tsconfig.json`; it can be deployed,
 * starts, and its job completes.
 */
export async function workerOf(document: string): Promise<string> {
  return tryWorker(document, { folder: await app() }, projectOf(document));
}

async function tryWorker(
  document: string,
  { folder, node }: Installed,
  files: ReadonlyMap<string, string>,
): Promise<string> {
  const config = files.get("wrangler.jsonc");
  if (config === undefined) throw new Error(`${document} shows no wrangler.jsonc`);
  const cwd = join(folder, document.replaceAll(/\W/g, "-"));
  write(cwd, files);
  const wrangler = join(folder, "node_modules/wrangler/bin/wrangler.js");
  const where = { cwd, ...(node !== undefined && { node }) };
  if (files.has("tsconfig.json")) {
    await output("node", [wrangler, "types"], where);
    // The page skips the types of libraries because of Vitest's; those of the packages must pass.
    await output(await compiler("7.0.2"), ["-p", "tsconfig.json", "--skipLibCheck", "false"], { cwd });
  }
  const onD1 = config.includes("d1_databases");
  if (onD1) await output("sh", ["-ec", commandsWith("migrations apply", document)], where);
  const dry = await output("node", [wrangler, "deploy", "--dry-run"], where);
  const dev = start("node", [wrangler, "dev", ...DEV], where);
  try {
    const url = await dev.says(/Ready on (http:\S+)/);
    const [cron] = /(?<="crons": \[")[^"]+/.exec(config) ?? [];
    const trigger = async (): Promise<void> => {
      if (cron !== undefined) await ask(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`);
    };
    // D1 tells nobody of new jobs.
    const seen = await completes(url, dev, onD1 ? trigger : async () => {});
    await trigger();
    return `${seen}, ${/gzip: [^\n]*/.exec(dry)?.[0]}`;
  } catch (error) {
    throw new Error(`the Worker of ${document}: ${String(error)}`, { cause: error });
  } finally {
    await dev.stop();
  }
}

const DEV = "--ip 127.0.0.1 --port 0 --inspector-port 0 --show-interactive-dev-session=false".split(" ");

/** Asks for the one job until the store says it is done. A broker keeps no state, so its handler's log must do. */
async function completes(url: string, dev: Running, trigger: () => Promise<void>): Promise<string> {
  for (let tries = 1; ; tries++) {
    const { status, state } = JSON.parse(await ask(url)) as { status?: string; state?: string }; // the Worker's answer
    if (status === "sent") return `sent, ${await dev.says(/welcome/)}`;
    if (state === "completed") return `completed, asked ${tries} times`;
    if (state === "dead" || tries === 1_000) throw new Error(`the job is ${state}`);
    await trigger();
    await delay(50);
  }
}

/** The document's block of commands that has this text. */
function commandsWith(text: string, document: string): string {
  const blocks = [...readFileSync(join(root, document), "utf8").matchAll(/^```sh\n(.*?)^```/gms)];
  const found = blocks.map(([, commands = ""]) => commands).find((commands) => commands.includes(text));
  if (found === undefined) throw new Error(`${document} shows no command with ${text}`);
  return found;
}

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

/** Checks the README's Worker with the changes that the README gives for Node 20. */
export async function workerOnNode20(): Promise<string> {
  const files = new Map(projectOf("README.md"));
  const config = files.get("wrangler.jsonc") ?? "";
  files.set(
    "wrangler.jsonc",
    config
      .replace(/"compatibility_date": "[^"]+"/, '"compatibility_date": "2026-04-01"')
      .replace(/"exports": .*$/m, '"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Jobs"] }],'),
  );
  return tryWorker("README.md", await onOldWrangler(), files);
}
