import { join } from "node:path";
import { build } from "esbuild";
import { built } from "./built.ts";
import { type NodeVersion, onNode } from "./installed.ts";
import { output, root, write } from "./outside.ts";

/** Programs that run the whole suite and print its report. */
const SUITES = {
  memory: "packages/conformance/test/runtimes/process.ts",
  http: "packages/http/test/runtimes/node.ts",
};

type Report = {
  readonly passed: readonly unknown[];
  readonly failed: readonly { readonly name: string; readonly error: string }[];
};

/** Runs the suites of what needs nothing of a newer Node on an older one. */
export async function suitesOnNode(version: Exclude<NodeVersion, 24>): Promise<string> {
  await built();
  const { node, folder } = await onNode[version]();
  const said: string[] = [];
  for (const [name, entry] of Object.entries(SUITES)) {
    const { outputFiles } = await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      // What it bundles may be of the older kind of modules.
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
      write: false,
    });
    const file = `suite-${name}.mjs`;
    write(folder, [[file, outputFiles[0]?.text ?? ""]]);
    const { passed, failed } = JSON.parse(await output(node, [file], { cwd: folder, node })) as Report; // the program's
    if (failed.length > 0) throw new Error(failed.map((one) => `${name}: ${one.name}: ${one.error}`).join("\n"));
    said.push(`${name} ${passed.length}`);
  }
  return said.join(", ");
}
