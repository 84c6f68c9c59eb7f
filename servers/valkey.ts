import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { newFolder } from "./server.ts";

const run = promisify(execFile);

/**
 * Calls `use` with the path of a `valkey-server`: the one that is installed, or Debian's, unpacked for as long as it takes.
 * Resolves to undefined if there is neither.
 */
export async function withValkey<T>(use: (binary: string) => Promise<T>): Promise<T | undefined> {
  if (await answers("valkey-server")) return use("valkey-server");
  const codename = debian();
  if (codename === undefined || !(await answers("apt-get"))) return undefined;
  const folder = newFolder();
  try {
    return await use(await unpacked(folder, codename));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answers(program: string): Promise<boolean> {
  return run(program, ["--version"]).then(
    () => true,
    () => false,
  );
}

function debian(): string | undefined {
  try {
    return /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** Debian 12 has it among its backports, which need not be among the machine's sources. */
async function unpacked(folder: string, codename: string): Promise<string> {
  const by = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian";
  writeFileSync(join(folder, "sources.list"), `deb ${by} ${codename} main\ndeb ${by} ${codename}-backports main\n`);
  for (const one of ["lists", "cache/archives"]) mkdirSync(join(folder, one, "partial"), { recursive: true });
  const own = [`Dir::State::lists=${folder}/lists`, `Dir::Cache=${folder}/cache`];
  const sources = [`Dir::Etc::sourcelist=${folder}/sources.list`, "Dir::Etc::sourceparts=/dev/null"];
  const apt = [...own, ...sources].flatMap((option) => ["-o", option]).join(" ");
  const script = `apt-get ${apt} -q update && apt-get ${apt} -q download valkey-server valkey-tools &&
    for one in *.deb; do dpkg -x "$one" .; done`;
  await run("sh", ["-ec", script], { cwd: folder });
  return join(folder, "usr/bin/valkey-server");
}
