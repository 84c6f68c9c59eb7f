import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { refusal } from "./refusal.ts";

/** The packages' tarballs by the packages' names. */
export type Tarballs = ReadonlyMap<string, string>;

/** `longshore-core-0.1.0.tgz` is of `@longshore/core`, `longshore-0.1.0.tgz` of the command line. */
const TARBALL = /^(longshore(?:-([a-z0-9-]+?))?)-\d+\.\d+\.\d+[^/]*\.tgz$/;

/** What `pnpm pack:all` has left in a folder. Refuses a folder without any. */
export function tarballsIn(given: string, cwd: string): Tarballs {
  const folder = resolve(cwd, given);
  const found = filesOf(folder).flatMap((file) => {
    const [matched, whole = "", scoped] = TARBALL.exec(file) ?? [];
    if (matched === undefined) return [];
    return [[scoped === undefined ? whole : `@longshore/${scoped}`, join(folder, file)] as const];
  });
  if (found.length === 0)
    throw refusal(
      `${folder} has no tarballs of Longshore. Make them in a clone by \`npx -y pnpm@12 pack:all\`, and pass its ` +
        "folder artifacts.",
    );
  const packages = new Map(found);
  if (packages.size < found.length)
    throw refusal(`${folder} has tarballs of several versions. Make them anew by \`npx -y pnpm@12 pack:all\`.`);
  return packages;
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
