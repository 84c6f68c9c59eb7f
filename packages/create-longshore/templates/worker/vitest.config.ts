import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      miniflare: {
        bindings: { DASHBOARD_PASSWORD: "a password for this test", LONGSHORE_TOKEN: "a-token-for-this-test" },
      },
    }),
  ],
  // A machine that does much else starts the runtime slowly.
  test: { testTimeout: 100_000 },
});
