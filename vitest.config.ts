import { globSync } from "node:fs";
import { dirname } from "node:path";
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
      "examples/sqs-lambda",
      "proof",
      "site",
      // Each is called as the project that it becomes, all of them the same.
      ...globSync("packages/create-longshore/templates/*/vitest.config.ts").map((config) => ({
        extends: `./${config}`,
        root: dirname(config),
        test: { name: dirname(config), testTimeout: 300_000, hookTimeout: 300_000 },
      })),
    ],
  },
});
