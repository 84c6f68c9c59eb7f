import { test } from "vitest";
import { livesOneOrder } from "./crowded.ts";

// Three shards, evictions and resets: test/matrix.
test("every job of several clients lives one order of calls, in one object", () =>
  livesOneOrder({ shards: 1, disturb: async () => {}, breaks: false }));
