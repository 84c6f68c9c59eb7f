import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { unstable_readConfig } from "wrangler";
import type { Provided } from "./test/provided.ts";

// Absolute, because the tests of all packages run from the root.
const config = fileURLToPath(new URL("wrangler.jsonc", import.meta.url));

const provide: Provided = { crons: unstable_readConfig({ config }).triggers.crons ?? [] };

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: config } })],
  // No time that a busy machine can pass: what takes seconds on a quiet one has minutes.
  test: { provide, testTimeout: 300_000, hookTimeout: 300_000 },
});
