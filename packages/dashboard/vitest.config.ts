import { defineConfig } from "vitest/config";

export default defineConfig({
  // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
  test: { include: ["test/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000 },
});
