import { defineConfig } from "vitest/config";

/** What multiplies: other runtimes, other options, every call sent twice, more seeds. `pnpm matrix` runs it. */
export default defineConfig({
  test: { projects: ["packages/*/vitest.config.matrix.ts"] },
});
