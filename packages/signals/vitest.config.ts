import { defineConfig } from "vitest/config";

// What runs inside workerd has a configuration of its own: vitest.config.workerd.ts.
export default defineConfig({ test: { include: ["test/*.test.ts"] } });
