import { defineConfig } from "vitest/config";

/** Its client is a native addon, so it runs in Node. */
export default defineConfig({
  test: {
    name: "@longshore/d1 over libSQL, multiplied",
    include: ["test/matrix/libsql*.test.ts"],
    pool: "threads",
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
