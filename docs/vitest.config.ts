import { defineConfig } from "vitest/config";

export default defineConfig({
  // Minutes for what takes seconds on a quiet machine, so that a busy one does not time out.
  test: { include: ["test/*.test.ts"], pool: "threads", testTimeout: 300_000, hookTimeout: 300_000 },
});
