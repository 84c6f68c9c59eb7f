import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Node takes the types away by itself; the runner of Vite makes each stack of an error ten times as dear.
    experimental: { viteModuleRunner: false },
    name: "@longshore/proof, multiplied",
    include: ["test/matrix/*.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
