import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type BuildOptions, type Plugin, build } from "esbuild";
import { type Sabotage, applied } from "./sabotage.ts";

/** The entries and the packages that they use, by file name. Fails where the sabotage no longer applies. */
export async function bundled(
  options: BuildOptions,
  sabotage: Sabotage | undefined,
): Promise<Readonly<Record<string, string>>> {
  const { outputFiles = [] } = await build({
    ...options,
    bundle: true,
    format: "esm",
    write: false,
    outdir: "/",
    logLevel: "silent",
    plugins: sabotage === undefined ? [] : [patch(sabotage)],
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}

function patch({ patches }: Sabotage): Plugin {
  return {
    name: "sabotage",
    setup({ onLoad, onEnd }) {
      const waiting = new Set(patches);
      for (const file of new Set(patches.map((one) => one.file))) {
        onLoad({ filter: new RegExp(`/${file.replace(".", "\\.")}$`) }, async ({ path }) => {
          let contents = await readFile(path, "utf8");
          for (const one of patches.filter((other) => other.file === file)) {
            contents = applied(one, contents);
            waiting.delete(one);
          }
          return { contents, loader: "js" };
        });
      }
      onEnd(() => {
        const [missing] = waiting;
        if (missing !== undefined) throw new Error(`The bundle has no ${missing.file} to sabotage.`);
      });
    },
  };
}
