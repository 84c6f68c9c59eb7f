import { report } from "./report.ts";

// Node, Deno and Bun all have a console, and this is all that they need to have.
console.log(JSON.stringify(await report()));
