import { expect, test } from "vitest";
import { compiled, expected } from "./mistakes.ts";

// An older compiler, which takes thrice as long, is in test/matrix.
test("TypeScript 7 compiles what should, and blames each of the likeliest mistakes where it stands, in words", async () => {
  expect(expected.length).toBeGreaterThanOrEqual(10);
  expect(await compiled("typescript")).toEqual(expected);
});
