import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publishable } from "../scripts/tarballs.ts";
import { runtimes } from "./installed.ts";
import { output, root, scratch, write } from "./outside.ts";

type Manifest = {
  readonly version: string;
  readonly exports?: Readonly<Record<string, { readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

/** They need Vitest, and JSR would need all that Vitest may use: a package of that list is in no registry. */
const WITHOUT = new Set(["@longshore/testing", "@longshore/conformance", "@longshore/simulator"]);

/**
 * What JSR would say of the sources: a dry run of `deno publish`, which refuses public types that have to be inferred.
 * Without the compiler's check of all types: the runtimes' own are no part of Deno, and `types` has done it.
 */
export async function jsrAccepts(): Promise<string> {
  const { deno } = await runtimes();
  const folder = scratch("jsr");
  // A program has no entries, and JSR has no programs.
  const members = publishable.filter(({ name, entries }) => entries.length > 0 && !WITHOUT.has(name));
  for (const { name, folder: from } of members) {
    const manifest = JSON.parse(readFileSync(join(root, from, "package.json"), "utf8")) as Manifest; // ours
    cpSync(join(root, from, "src"), join(folder, from, "src"), { recursive: true });
    write(folder, [
      [join(from, "deno.json"), JSON.stringify(configOf(name, manifest))],
      [join(from, "LICENSE"), readFileSync(join(root, "LICENSE"), "utf8")],
    ]);
  }
  write(folder, [["deno.json", JSON.stringify({ workspace: members.map(({ folder: from }) => `./${from}`) })]]);
  await output(process.execPath, [deno, "publish", "--dry-run", "--allow-dirty", "--no-check"], { cwd: folder });
  return `${members.length} packages`;
}

function configOf(name: string, { version, exports = {}, dependencies, peerDependencies }: Manifest): object {
  const foreign = Object.entries({ ...dependencies, ...peerDependencies }).filter(
    ([one]) => !one.startsWith("@longshore/"),
  );
  return {
    name,
    version,
    license: "MIT",
    exports: Object.fromEntries(
      Object.entries(exports).map(([entry, { default: file }]) => [
        entry,
        file.replace("/dist/", "/src/").replace(/js$/, "ts"),
      ]),
    ),
    imports: Object.fromEntries(foreign.map(([one, range]) => [one, `npm:${one}@${range}`])),
  };
}
