import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Plugin, build } from "esbuild";
import { type Sabotage, applied } from "./sabotage.ts";

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

function patch(sabotage: Sabotage): Plugin {
  const { file } = sabotage;
  return {
    name: "sabotage",
    setup({ onLoad, onEnd }) {
      let patched = false;
      onLoad({ filter: new RegExp(`/${file.replace(".", "\\.")}$`) }, async ({ path }) => {
        const contents = applied(sabotage, await readFile(path, "utf8"));
        patched = true;
        return { contents, loader: "js" };
      });
      onEnd(() => {
        if (!patched) throw new Error(`The worker's bundle has no ${file} to sabotage.`);
      });
    },
  };
}
