import { defineConfig } from "vitest/config";

// No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
export default defineConfig({ test: { testTimeout: 300_000, hookTimeout: 300_000 } });
