import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/run.ts";
import { suitesOf } from "./suites.ts";

/** Runs the suites of Redis over Valkey: the one that is installed, or Debian's, unpacked for the time of the step. */
export async function suitesOnValkey(): Promise<string> {
  const installed = await run("valkey-server", ["--version"]);
  if (installed.ok) return over("valkey-server");
  const folder = await mkdtemp(join(tmpdir(), "longshore-valkey-"));
  try {
    const [, codename] =
      /^VERSION_CODENAME=(\w+)$/m.exec(await readFile("/etc/os-release", "utf8").catch(() => "")) ?? [];
    if (codename === undefined || !(await run("apt-get", ["--version"])).ok) {
      return "skipped: there is no valkey-server, and no Debian to take one from";
    }
    return await over(await unpacked(folder, codename));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function over(binary: string): Promise<string> {
  const { output } = await run(binary, ["--version"]);
  return `${await suitesOf("redis", { REDIS_SERVER: binary })}, ${/v=\S+/.exec(output)?.[0]}`;
}

/** Debian 12 has it among its backports, which need not be among the machine's sources. */
async function unpacked(folder: string, codename: string): Promise<string> {
  const by = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian";
  await writeFile(join(folder, "sources.list"), `deb ${by} ${codename} main\ndeb ${by} ${codename}-backports main\n`);
  const own = [`Dir::State::lists=${folder}/lists`, `Dir::Cache=${folder}/cache`];
  const sources = [`Dir::Etc::sourcelist=${folder}/sources.list`, "Dir::Etc::sourceparts=/dev/null"];
  const apt = [...own, ...sources].flatMap((option) => ["-o", option]).join(" ");
  const script = `cd ${folder} && mkdir -p lists/partial cache/archives/partial && apt-get ${apt} -q update &&
    apt-get ${apt} -q download valkey-server valkey-tools && for one in *.deb; do dpkg -x "$one" .; done`;
  const { ok, output } = await run("sh", ["-ec", script]);
  if (!ok) throw new Error(output);
  return join(folder, "usr/bin/valkey-server");
}
