import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/signals in workerd",
    include: ["test/workerd/*.test.ts"],
    globalSetup: "./test/receiver.ts",
    // The objects and their time are real, and a machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
