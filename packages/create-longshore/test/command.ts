import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type World, run } from "../src/program.ts";

type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** An empty folder, until the test ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "longshore-create-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line in a folder where nobody can be asked. */
export async function create(cwd: string, args: readonly string[], world: Partial<World> = {}): Promise<Ended> {
  let [out, err] = ["", ""];
  const code = await run(args, {
    env: {},
    cwd,
    version: process.version,
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    isInteractive: false,
    ...world,
  });
  return { code, out, err };
}
