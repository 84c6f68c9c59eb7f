import { runAll } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { type Open, byPath, makeIn } from "../files.ts";

/** `bun:sqlite`, which Node's types do not know. */
type BunSqlite = {
  readonly Database: new (
    path: string,
    options: { readonly safeIntegers: boolean },
  ) => {
    exec(sql: string): unknown;
    prepare(sql: string): object;
    close(): void;
    readonly inTransaction: boolean;
  };
};

/** Runs the suite in Bun or Deno over what the runtime has, in a folder, and prints the report. */
async function opener(): Promise<Open> {
  if (!("Bun" in globalThis)) return byPath;
  const name = "bun:sqlite";
  const { Database } = (await import(name)) as BunSqlite;
  return (path) => {
    // As an app may have it whose own ids need 64 bits.
    const database = new Database(path, { safeIntegers: true });
    return { database, close: () => database.close() };
  };
}

const { process } = globalThis as unknown as { process: { readonly argv: readonly string[] } }; // all of them have it
const folder = process.argv.at(-1);
const make = makeIn((name) => `${folder}/${name}`, await opener(), { stats: statistics });
console.log(JSON.stringify(await runAll(make)));
