import process from "node:process";
import { completionCases, contractCases, runAll } from "@longshore/conformance";
import { openPool } from "../pool.ts";
import { makeIn } from "../stores.ts";

/** Runs the suite over pg in Bun or Deno, in a schema of its own of the server at this address, and prints the report. */
const [url = "", schema = ""] = process.argv.slice(-2);
const database = openPool(url);
console.log(JSON.stringify(await runAll(await makeIn(database, schema), [...contractCases, ...completionCases])));
await database.end();
