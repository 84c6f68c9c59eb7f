import { defineConfig } from "vitest/config";
import { scratchInMemory } from "./scripts/scratch.ts";

scratchInMemory();

export default defineConfig({
  test: {
    projects: [
      "packages/{*,stores/*,brokers/*}/vitest.config.ts",
      "packages/{otel,signals,testing}/vitest.config.workerd.ts",
      "apps/*",
      "docs",
      "proof",
      "site",
    ],
  },
});
