import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/d1, multiplied",
    include: ["test/matrix/*.test.ts"],
    exclude: ["test/matrix/libsql*.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
