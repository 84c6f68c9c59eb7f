import { publishable } from "../scripts/tarballs.ts";
import { type TYPESCRIPTS, app, compiler } from "./installed.ts";
import { output, write } from "./outside.ts";

/** Entries whose declarations use types of Workers. */
const OF_WORKERS = new Set(["@longshore/durable-objects", "@longshore/cloudflare-queues"]);
/** Its declarations are vitest's own, which need `skipLibCheck` and a host's types. */
const OF_VITEST = "@longshore/testing/vitest";
const all = publishable.flatMap(({ entries }) => entries).filter((entry) => entry !== OF_VITEST);

const STRICT = {
  exactOptionalPropertyTypes: true,
  module: "nodenext",
  noEmit: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  strict: true,
  target: "es2022",
};

/** For each environment: its types, module resolution, and the entries to import. */
const settings = {
  worker: { entries: all, options: { lib: ["es2022"], types: ["@cloudflare/workers-types"] } },
  node: { entries: all.filter(isPortable), options: { lib: ["es2022", "dom"], types: [] } },
  bundler: {
    entries: all.filter(isPortable),
    options: { lib: ["es2022", "dom"], types: [], module: "esnext", moduleResolution: "bundler" },
  },
};

function isPortable(entry: string): boolean {
  return !OF_WORKERS.has(entry);
}

/** Type checks every public entry in a strict project, declarations included. */
export async function typesCheck(version: (typeof TYPESCRIPTS)[number]): Promise<string> {
  const folder = await app();
  const tsc = await compiler(version);
  for (const [name, { entries, options }] of Object.entries(settings)) {
    const lines = entries.map((entry, i) => `import * as entry${i} from "${entry}";`);
    const named = entries.map((_, i) => `entry${i}`).join(", ");
    const config = { compilerOptions: { ...STRICT, ...options }, files: ["index.ts"] };
    write(`${folder}/types-${name}`, [
      ["index.ts", `${lines.join("\n")}\nexport const entries: readonly object[] = [${named}];\n`],
      ["tsconfig.json", JSON.stringify(config)],
    ]);
    await output(tsc, ["-p", `types-${name}`], { cwd: folder });
  }
  return `${all.length} entries`;
}
