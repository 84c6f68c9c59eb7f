import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Plugin, build } from "esbuild";
import type { Sabotage } from "./sabotage.ts";

/** The worker and the packages that it uses, in one module. Fails where the sabotage no longer applies. */
export async function bundle(sabotage: Sabotage | undefined): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("worker/worker.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*"],
    write: false,
    logLevel: "silent",
    plugins: sabotage === undefined ? [] : [patch(sabotage)],
  });
  return outputFiles[0]?.text ?? "";
}

function patch({ file, find, put }: Sabotage): Plugin {
  return {
    name: "sabotage",
    setup({ onLoad, onEnd }) {
      let patched = false;
      onLoad({ filter: new RegExp(`durable-objects/dist/${file.replace(".", "\\.")}$`) }, async ({ path }) => {
        const parts = (await readFile(path, "utf8")).split(find);
        if (parts.length !== 2) throw new Error(`The sabotage's text stands ${parts.length - 1} times in ${file}.`);
        patched = true;
        return { contents: parts.join(put), loader: "js" };
      });
      onEnd(() => {
        if (!patched) throw new Error(`The worker's bundle has no ${file} to sabotage.`);
      });
    },
  };
}
