import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { type World, run } from "../src/program.ts";

type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** An empty folder, until the test ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "longshore-create-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line in a folder, where nobody can be asked if not told otherwise. `told`: hears what is printed. */
export async function create(
  cwd: string,
  args: readonly string[],
  world: Partial<World> = {},
  told?: (text: string) => void,
): Promise<Ended> {
  let [out, err] = ["", ""];
  const sink = (collect: (text: string) => void): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        collect(String(chunk));
        done();
      },
    });
  const code = await run(args, {
    env: {},
    cwd,
    version: process.version,
    in: Readable.from([]),
    out: sink((text) => {
      out += text;
      told?.(text);
    }),
    err: sink((text) => (err += text)),
    isInteractive: false,
    ...world,
  });
  return { code, out, err };
}
