import { run } from "../src/program.ts";
import type { Ended, Options } from "./bin.ts";

/**
 * A command line without a process of its own, for what a process would only make slow. `isTTY`: as if on a terminal of
 * 120 columns.
 */
export async function inProcess(
  args: readonly string[],
  {
    env = {},
    cwd = import.meta.dirname,
    isTTY = false,
  }: Pick<Options, "env" | "cwd"> & { readonly isTTY?: boolean } = {},
): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const stream = (to: string[]) => ({
    isTTY,
    columns: 120,
    write: (text: string | Uint8Array) => to.push(String(text)) > 0,
  });
  const { signal } = new AbortController();
  const code = await run(args, { env, cwd, out: stream(out), err: stream(err), signal });
  return { code, out: out.join(""), err: err.join("") };
}
