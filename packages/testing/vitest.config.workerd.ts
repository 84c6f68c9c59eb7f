import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// The same tests as in Node.
export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/testing in workerd",
    setupFiles: ["@longshore/testing/vitest"],
    include: ["test/*.test.ts"],
    // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
