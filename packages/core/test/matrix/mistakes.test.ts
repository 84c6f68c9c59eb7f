import { expect, test } from "vitest";
import { compiled, expected } from "../mistakes.ts";

test("TypeScript 5.9 compiles what should, and blames each of the likeliest mistakes where it stands, in words", async () => {
  expect(await compiled("typescript-5.9")).toEqual(expected);
});
