import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publishable } from "../scripts/tarballs.ts";
import { onNode, tarballs } from "./installed.ts";
import { output, root, start } from "./outside.ts";

/** Checks what every tarball must contain, and that npm itself refuses to make one. */
export async function tarballsAreWhole(): Promise<string> {
  await tarballs();
  const { folder } = await onNode[24]();
  for (const { name } of publishable) {
    const installed = join(folder, "node_modules", name);
    const has = new Set(globSync("**", { cwd: installed }).map((path) => path.replaceAll("\\", "/")));
    const built = [...has].filter((path) => /^dist\/.*\.js$/.test(path));
    const sources = [...has].filter((path) => /^src\/.*\.ts$/.test(path));
    const expected = [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      ...built.map((path) => path.replace("dist/", "src/").replace(/js$/, "ts")),
      ...sources.flatMap((path) => {
        const base = path.replace("src/", "dist/").replace(/\.ts$/, "");
        return [`${base}.js`, `${base}.js.map`, `${base}.d.ts`, `${base}.d.ts.map`];
      }),
    ];
    const missing = expected.filter((path) => !has.has(path));
    if (missing.length > 0 || built.length === 0) throw new Error(`${name} lacks ${missing.join(", ")}`);

    const manifest = readFileSync(join(installed, "package.json"), "utf8");
    const facts = JSON.parse(manifest) as Record<string, unknown>; // it is a manifest
    const untold = ["bugs", "description", "homepage", "keywords", "license", "repository"].filter(
      (key) => !facts[key],
    );
    if (untold.length > 0) throw new Error(`${name} says nothing of ${untold.join(", ")}`);
    if (manifest.includes("workspace:")) throw new Error(`${name} names a package of its workspace`);
  }
  return `${publishable.length} packages`;
}

/** Every package has a script that refuses: npm would leave `workspace:^` in the manifest, and installs would fail. */
export async function npmRefuses(): Promise<void> {
  for (const { folder } of publishable) {
    const { scripts } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest; // ours
    if (!scripts["prepack"]?.includes("prepack.ts")) throw new Error(`${folder} has no prepack that refuses`);
  }
  for (const command of ["pack", "publish"]) {
    const npm = start("npm", [command, "--dry-run"], { cwd: join(root, "packages/stores/memory") });
    const { code, said } = await npm.ended;
    await npm.stop();
    if (code === 0 || !said.includes("pnpm pack:all")) throw new Error(`npm ${command} did not refuse:\n${said}`);
  }
}

type Manifest = { readonly scripts: Readonly<Record<string, string>> };

/** Checks that the published source maps lead to the published sources. */
export async function mapsLeadToSources(): Promise<void> {
  const { folder, node } = await onNode[24]();
  const code = `
    import { createQueue } from "@longshore/core";
    try { await createQueue({ traits: {} }).enqueueMany([undefined]); } catch (error) { console.log(error.stack); }
  `;
  const stack = await output(node, ["--enable-source-maps", "--input-type=module", "--eval", code], {
    cwd: folder,
    node,
  });
  if (!/core\/src\/\w+\/\w+\.ts:\d+/.test(stack)) throw new Error(`An error's stack does not lead to src:\n${stack}`);
}
