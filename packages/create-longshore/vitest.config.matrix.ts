import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "@longshore/create-longshore, multiplied",
    include: ["test/matrix/*.test.ts"],
    globalSetup: ["test/matrix/packed.ts"],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
