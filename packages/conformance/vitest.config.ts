import { defineConfig } from "vitest/config";

export default defineConfig({
  // Of thousands of histories, on machines that others use as well.
  test: { testTimeout: 60_000 },
});
