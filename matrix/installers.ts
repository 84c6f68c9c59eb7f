import { publishable } from "../scripts/tarballs.ts";
import { runtimes, tarballs } from "./installed.ts";
import { output, scratch, write } from "./outside.ts";

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
