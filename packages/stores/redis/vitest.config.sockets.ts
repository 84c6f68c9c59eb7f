import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Inside workerd, over its sockets. The server is started outside. */
export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/redis over sockets, multiplied",
    include: ["test/matrix/workerd.test.ts"],
    globalSetup: "test/setup.ts",
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
