import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "packages/{otel,signals}/vitest.config.workerd.ts", "apps/*", "docs", "proof"],
  },
});
