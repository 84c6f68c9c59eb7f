import { run } from "../scripts/run.ts";

/** Runs the demo of apps/node on PostgreSQL; its tests run it on SQLite. */
export async function demoOnPostgres(): Promise<string> {
  const built = await run("node", ["scripts/build.ts"]);
  if (!built.ok) throw new Error(built.output);
  const ran = await run("node", ["apps/node/demo/main.ts", "--only", "postgres", "--json"]);
  if (!ran.ok) throw new Error(ran.output);
  const [, delivered] = /"delivered": (\d+)/.exec(ran.output) ?? [];
  if (delivered === undefined) throw new Error(`the demo counted nothing:\n${ran.output}`);
  return `${delivered} orders delivered, none lost`;
}
