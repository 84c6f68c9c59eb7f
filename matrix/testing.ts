import { join } from "node:path";
import { projectOf } from "../docs/projects.ts";
import { app, compiler } from "./installed.ts";
import { output, write } from "./outside.ts";

/** Checks the types of the Worker of docs/testing.md with its tests, and runs those, with Cloudflare's Vitest plugin. */
export async function testsOfAWorker(): Promise<string> {
  const folder = await app();
  const cwd = join(folder, "testing");
  write(cwd, projectOf("docs/testing.md"));
  await output("node", [join(folder, "node_modules/wrangler/bin/wrangler.js"), "types"], { cwd });
  await output(await compiler("7.0.2"), ["-p", "tsconfig.json"], { cwd });
  const said = await output(join(folder, "node_modules/.bin/vitest"), ["run", "--no-color"], { cwd });
  const [, passed] = /Tests\s+(\d+ passed)/.exec(said) ?? [];
  if (passed === undefined) throw new Error(`no test ran:\n${said}`);
  return passed;
}
