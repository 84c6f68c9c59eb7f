import { join } from "node:path";
import { publishable } from "../scripts/tarballs.ts";
import { runtimes, tarballs } from "./installed.ts";
import { output, scratch, write } from "./outside.ts";
import { serveTarballs } from "./registry.ts";

const PROGRAM = `
  import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
  import { memory } from "@longshore/memory";
  import { z } from "zod";
  const ping = defineJob("ping", { input: z.object({}) });
  const store = memory();
  await createQueue(store).enqueue(ping, {});
  await createWorker(store, { handlers: [handle(ping, () => console.log("pong"))] }).drain();
`;

/** Installs all tarballs by Bun in an empty folder, and runs a job. npm has its own steps; pnpm installs the templates. */
export async function installedByBun(): Promise<string> {
  const files = await tarballs();
  const { bun } = await runtimes();
  const folder = scratch("by-bun");
  const ours = Object.fromEntries(publishable.map(({ name }, i) => [name, `file:${files[i]}`]));
  const dependencies = { ...ours, zod: "4.6.7" };
  // What the packages need of each other is in no registry.
  write(folder, [
    ["package.json", JSON.stringify({ name: "by-bun", private: true, type: "module", dependencies, overrides: ours })],
    ["main.js", PROGRAM],
  ]);
  await output(bun, ["install"], { cwd: folder });
  const printed = await output(bun, ["run", "main.js"], { cwd: folder });
  if (printed.trim() !== "pong") throw new Error(`It printed\n${printed}`);
  return `${files.length} packages`;
}

/**
 * Installs all packages by Deno in an empty folder, and runs a job. It takes no tarballs (2.9 links to the file as if it were
 * a folder), so they come from a registry. The two programs, which are in no scope, are for Node.
 */
export async function installedByDeno(): Promise<string> {
  const files = await tarballs();
  const { deno } = await runtimes();
  const folder = scratch("by-deno");
  const registry = await serveTarballs(files);
  try {
    const scoped = publishable.filter(({ name }) => name.startsWith("@longshore/"));
    const ours = Object.fromEntries(scoped.map(({ name }) => [name, "*"]));
    const manifest = { name: "by-deno", private: true, type: "module", dependencies: { ...ours, zod: "4.6.7" } };
    write(folder, [
      ["package.json", JSON.stringify(manifest)],
      [".npmrc", `@longshore:registry=${registry.url}\n`],
      ["main.js", PROGRAM],
    ]);
    // With a cache of its own: another one may have this version from an earlier run.
    const where = { cwd: folder, env: { DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(folder, "cache") } };
    await output(process.execPath, [deno, "install"], where);
    const printed = await output(process.execPath, [deno, "run", "--no-prompt", "main.js"], where);
    if (printed.trim() !== "pong") throw new Error(`It printed\n${printed}`);
    return `${scoped.length} packages`;
  } finally {
    await registry.close();
  }
}
