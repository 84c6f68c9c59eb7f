import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { unstable_readConfig } from "wrangler";
import type { Provided } from "./test/provided.ts";

const config = new URL("wrangler.jsonc", import.meta.url).pathname;

const provide: Provided = { crons: unstable_readConfig({ config }).triggers.crons ?? [] };

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: config } })],
  test: { provide },
});
