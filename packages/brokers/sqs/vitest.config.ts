import { defineConfig } from "vitest/config";

export default defineConfig({
  // What multiplies (test/matrix) has a configuration of its own. No time that a busy machine can pass: what takes
  // seconds on a quiet one has minutes.
  test: { include: ["test/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000 },
});
