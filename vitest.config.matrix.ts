import { defineConfig } from "vitest/config";
import { scratchInMemory } from "./scripts/scratch.ts";

scratchInMemory();

/** What multiplies: other runtimes, other options, every call sent twice, more seeds. `pnpm matrix` runs it. */
export default defineConfig({
  test: {
    projects: [
      "packages/{*,stores/*,brokers/*}/vitest.config.{matrix,libsql,sockets}.ts",
      "proof/vitest.config.matrix.ts",
    ],
  },
});
