import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../examples.ts";

test("the README and docs/guarantees.md promise the same, word for word", () => {
  const [promise, other] = ["README.md", "docs/guarantees.md"].map((document) => {
    const [, quote] = /^## The promise\n\n((?:> .*\n)+)/m.exec(readFileSync(root + document, "utf8")) ?? [];
    return quote?.replaceAll(/\s*\n> /g, " ").trim();
  });
  expect(promise).toMatch(/^> Every job/);
  expect(other).toBe(promise);
});
