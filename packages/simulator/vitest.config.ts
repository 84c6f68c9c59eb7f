import { defineConfig } from "vitest/config";

export default defineConfig({
  // What multiplies (test/matrix) has a configuration of its own. No time that a busy machine can pass: what takes
  // seconds on a quiet one has minutes.
  test: {
    include: ["test/*.test.ts"],
    pool: "threads",
    // Node takes the types away by itself; the runner of Vite makes each stack of an error ten times as dear.
    experimental: { viteModuleRunner: false },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
