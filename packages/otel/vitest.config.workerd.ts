import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/otel in workerd",
    include: ["test/workerd/*.test.ts"],
    // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
