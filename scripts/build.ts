import { runQuietly } from "./run.ts";

await runQuietly("turbo", ["run", "build", "--output-logs=errors-only", "--continue=dependencies-successful"]);
