import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundled } from "../bundle.ts";
import type { Sabotage } from "../sabotage.ts";
import type * as opening from "./open.ts";

/** What all processes run, sabotaged or not. */
export type BuiltProcesses = {
  /** `process.ts`, or `consumer.ts` of a broker, in one file. */
  readonly script: string;
  /** Its `open.ts`, for whoever calls from outside. */
  readonly opening: Pick<typeof opening, "openPostgres" | "openRabbitMQ" | "openRedis" | "openSqlite">;
  /** Removes the files. */
  remove(): void;
};

/** pg is CommonJS, which asks for Node's own modules by `require`. */
const REQUIRE = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

export async function buildProcesses(
  sabotage: Sabotage | undefined,
  program: "process" | "consumer" = "process",
): Promise<BuiltProcesses> {
  const files = await bundled(
    {
      entryPoints: [`${program}.ts`, "open.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
      platform: "node",
      target: "node24",
      splitting: true,
      outExtension: { ".js": ".mjs" },
      banner: { js: REQUIRE },
      external: ["pg-native"],
    },
    sabotage,
  );
  const folder = mkdtempSync(join(tmpdir(), "longshore-kills-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    script: join(folder, `${program}.mjs`),
    opening: await import(pathToFileURL(join(folder, "open.mjs")).href),
    remove() {
      remove();
      process.removeListener("exit", remove);
    },
  };
}
