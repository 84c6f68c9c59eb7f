import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Large pictures that everybody can get: Debian's, of one version, so that a run can be repeated. */
const PACKAGE = "gnome-backgrounds";
const VERSION = "43.1-1";
const SHA256 = "a670dea21572652127d6e55f9cdb3a226d0037854fdbfd037003c7d00ee0dc4e";
const LEAST_BYTES = 100_000;

/** The paths of so many pictures, in a folder of their own. The package is unpacked, and not installed. */
export function photos(count: number): { readonly folder: string; readonly paths: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), "longshore-photos-"));
  download(folder);
  const archive = readdirSync(folder).find((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get downloaded no ${PACKAGE}.`);
  const found = createHash("sha256")
    .update(readFileSync(join(folder, archive)))
    .digest("hex");
  if (found !== SHA256) throw new Error(`${archive} has the hash ${found}, and not ${SHA256}.`);
  execFileSync("dpkg-deb", ["-x", join(folder, archive), folder]);
  const pictures = join(folder, "usr/share/backgrounds/gnome");
  const paths = readdirSync(pictures)
    .filter((name) => name.endsWith(".webp"))
    .map((name) => join(pictures, name))
    .filter((path) => statSync(path).size >= LEAST_BYTES)
    .sort();
  if (paths.length < count) throw new Error(`${PACKAGE} has ${paths.length} large pictures, and ${count} are needed.`);
  return { folder, paths: paths.slice(0, count) };
}

function download(folder: string): void {
  const get = (): unknown =>
    execFileSync("apt-get", ["download", "-qq", `${PACKAGE}=${VERSION}`], { cwd: folder, stdio: "pipe" });
  try {
    get();
  } catch {
    // A bare machine has no list of packages yet.
    execFileSync("apt-get", ["update", "-qq"], { stdio: "pipe" });
    get();
  }
}
