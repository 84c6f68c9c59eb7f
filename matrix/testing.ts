import { join } from "node:path";
import { projectOf } from "../docs/projects.ts";
import { app } from "./installed.ts";
import { output, write } from "./outside.ts";

/** Runs the Worker's tests of docs/testing.md, with Cloudflare's Vitest plugin. */
export async function testsOfAWorker(): Promise<string> {
  const folder = await app();
  const cwd = join(folder, "testing");
  write(cwd, projectOf("docs/testing.md"));
  const said = await output(join(folder, "node_modules/.bin/vitest"), ["run", "--no-color"], { cwd });
  const [, passed] = /Tests\s+(\d+ passed)/.exec(said) ?? [];
  if (passed === undefined) throw new Error(`no test ran:\n${said}`);
  return passed;
}
