import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "@longshore/redis, multiplied",
    include: ["test/matrix/*.test.ts"],
    exclude: ["test/matrix/workerd.test.ts"],
    globalSetup: "test/setup.ts",
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
