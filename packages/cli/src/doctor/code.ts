import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** What can be known of a Worker's code without running it. */
export type Code = {
  /** The names that the main module exports. */
  readonly exports: readonly string[];
  /** What it imports that is not its own: `@longshore/core`. */
  readonly packages: ReadonlySet<string>;
  /** The text of its own files. */
  readonly text: string;
};

type Esbuild = {
  build(options: object): Promise<{
    readonly metafile: {
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly outputs: Readonly<
        Record<string, { readonly exports: readonly string[]; readonly imports: readonly { readonly path: string }[] }>
      >;
    };
  }>;
};

/**
 * Follows the imports of a module by the project's own esbuild, which wrangler brings. Returns a reason where that is not
 * possible.
 */
export async function readCode(folder: string, main: string): Promise<Code | { readonly unread: string }> {
  const esbuild = loadEsbuild(folder);
  if (esbuild === undefined) return { unread: "esbuild is not installed here: npm install --save-dev wrangler" };
  try {
    const { metafile } = await esbuild.build({
      entryPoints: [main],
      absWorkingDir: resolve(folder),
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "neutral",
      conditions: ["workerd", "worker", "browser"],
      packages: "external",
      external: ["*.wasm", "*.html", "*.txt", "*.sql", "*.bin"],
      logLevel: "silent",
    });
    const [output] = Object.values(metafile.outputs);
    const files = Object.keys(metafile.inputs).map((path) => readFileSync(resolve(folder, path), "utf8"));
    return {
      exports: output?.exports ?? [],
      packages: new Set(output?.imports.map(({ path }) => path)),
      text: files.join("\n"),
    };
  } catch (error) {
    const [first] =
      (Object(error) as { errors?: readonly { text: string; location: { file: string; line: number } | null }[] })
        .errors ?? [];
    const where = first?.location ? `${first.location.file}:${first.location.line}: ` : "";
    return { unread: first === undefined ? String(error) : where + first.text };
  }
}

function loadEsbuild(folder: string): Esbuild | undefined {
  const own = createRequire(join(resolve(folder), "package.json"));
  for (const load of [() => own, () => createRequire(own.resolve("wrangler/package.json"))]) {
    try {
      return load()("esbuild") as Esbuild; // the module of this name
    } catch {
      // Not there; perhaps elsewhere.
    }
  }
  return undefined;
}
