import { defineConfig } from "vitest/config";

// What runs inside workerd has a configuration of its own: vitest.config.workerd.ts.
export default defineConfig({
  // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
  test: { include: ["test/*.test.ts"], pool: "threads", testTimeout: 300_000, hookTimeout: 300_000 },
});
