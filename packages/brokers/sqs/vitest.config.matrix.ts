import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/sqs, multiplied",
    include: ["test/matrix/*.test.ts"],
    globalSetup: "./test/emulator-setup.ts",
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
