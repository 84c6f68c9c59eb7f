import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "packages/{otel,signals}/vitest.config.workerd.ts", "apps/*", "docs", "proof"],
    // Vitest leaves a core to others: of two, that is every other one.
    maxWorkers: "100%",
  },
});
