import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/*.test.ts"],
    // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
