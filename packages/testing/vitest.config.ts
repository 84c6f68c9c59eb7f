import { defineConfig } from "vitest/config";

export default defineConfig({
  // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
  test: { pool: "threads", setupFiles: ["@longshore/testing/vitest"], testTimeout: 300_000, hookTimeout: 300_000 },
});
