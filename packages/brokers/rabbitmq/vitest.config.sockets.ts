import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Its client runs over workerd's sockets. */
export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./test/wrangler.jsonc" } })],
  test: {
    name: "@longshore/rabbitmq over sockets, multiplied",
    include: ["test/matrix/workerd.test.ts"],
    globalSetup: "test/setup.ts",
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
