import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
  test: { include: ["test/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000 },
});
