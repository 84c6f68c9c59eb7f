import { run } from "../scripts/run.ts";
import { built } from "./built.ts";

/** Runs the demo of apps/node on PostgreSQL; its tests run it on SQLite. */
export async function demoOnPostgres(): Promise<string> {
  await built();
  const ran = await run("node", ["apps/node/demo/main.ts", "--only", "postgres", "--json"]);
  if (!ran.ok) throw new Error(ran.output);
  const [, delivered] = /"delivered": (\d+)/.exec(ran.output) ?? [];
  if (delivered === undefined) throw new Error(`the demo counted nothing:\n${ran.output}`);
  return `${delivered} orders delivered, none lost`;
}

/** Runs the demo of apps/field, whose page loses its network and its browser. */
export async function demoInBrowser(): Promise<string> {
  await built();
  const ran = await run("node", ["apps/field/demo/main.ts", "--json"]);
  if (!ran.ok) throw new Error(ran.output);
  const [, delivered] = /"delivered": (\d+)/.exec(ran.output) ?? [];
  if (delivered === undefined) throw new Error(`the demo counted nothing:\n${ran.output}`);
  return `${delivered} notes and photos delivered, none lost`;
}
