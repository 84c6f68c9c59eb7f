import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));
const PACKAGES = [
  "core",
  ...["memory", "durable-objects", "sqlite", "d1", "postgres", "redis", "indexeddb"].map((name) => `stores/${name}`),
  ...["cloudflare-queues", "sqs", "rabbitmq"].map((name) => `brokers/${name}`),
  "paired",
  "http",
  "signals",
  "otel",
  "testing",
  "dashboard",
];

/** A public entry: what an app imports, and the declarations behind it. */
type Entry = { readonly specifier: string; readonly file: string };

/** Writes a page for each public entry, from the declarations that its package publishes. Fails if one cannot be read. */
export async function writeReference(folder: string): Promise<void> {
  const entries = PACKAGES.flatMap(entriesOf);
  const options: Partial<TypeDocOptions & PluginOptions> = {
    out: folder,
    entryPoints: entries.map(({ file }) => join(packages, file)),
    basePath: packages,
    tsconfig: fileURLToPath(new URL("./tsconfig.reference.json", import.meta.url)),
    plugin: ["typedoc-plugin-markdown"],
    name: "API reference",
    readme: "none",
    router: "module",
    entryFileName: "index",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    disableSources: true,
    excludeExternals: true,
    skipErrorChecking: true,
    logLevel: "Error",
  };
  const app = await Application.bootstrapWithPlugins(options as Partial<TypeDocOptions>); // the plugin adds its own
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the declarations");
  // It names a module by its file; people know what they import.
  const specifiers = new Map(entries.map(({ file, specifier }) => [file.replace(/(\/index)?\.d\.ts$/, ""), specifier]));
  for (const module of project.children ?? []) module.name = specifiers.get(module.name) ?? module.name;
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("TypeDoc could not write the reference");
}

function entriesOf(folder: string): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly types?: string }>>;
  };
  return Object.entries(exports).flatMap(([path, entry]) =>
    typeof entry === "object" && entry.types !== undefined
      ? [{ specifier: join(name, path), file: join(folder, entry.types) }]
      : [],
  );
}
