import { globSync, readFileSync } from "node:fs";

type Manifest = {
  readonly name: string;
  readonly version: string;
  /** A program has none. */
  readonly exports?: Readonly<Record<string, unknown>>;
};

/** A package to publish, and its tarball from `pnpm pack:all`; paths are relative to the repository's root. */
export type Publishable = {
  readonly name: string;
  readonly folder: string;
  readonly tarball: string;
  /** What users import: `@longshore/core`, `@longshore/core/cron`. */
  readonly entries: readonly string[];
};

export const publishable: readonly Publishable[] = globSync("packages/{*,stores/*,brokers/*}/package.json", {
  cwd: new URL("../", import.meta.url),
})
  .toSorted()
  .map((path) => {
    const manifest = JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8")) as Manifest; // ours
    const { name, version, exports = {} } = manifest;
    return {
      name,
      folder: path.slice(0, -"package.json".length),
      tarball: `artifacts/${name.replace("@", "").replace("/", "-")}-${version}.tgz`,
      entries: Object.keys(exports).map((entry) => name + entry.slice(1)),
    };
  });
