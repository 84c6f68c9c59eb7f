import { run } from "../scripts/run.ts";
import { withValkey } from "../servers/valkey.ts";
import { suitesOf } from "./suites.ts";

/** Runs the suites of Redis over Valkey: the one that is installed, or Debian's, unpacked for the time of the step. */
export async function suitesOnValkey(): Promise<string> {
  return (await withValkey(over)) ?? "skipped: there is no valkey-server, and no Debian to take one from";
}

async function over(binary: string): Promise<string> {
  const { output } = await run(binary, ["--version"]);
  return `${await suitesOf("redis", { REDIS_SERVER: binary })}, ${/v=\S+/.exec(output)?.[0]}`;
}
