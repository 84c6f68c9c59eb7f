import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // What runs in these tests is real, and so is its time: on a busy machine it takes several.
  test: { testTimeout: 60_000 },
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
});
