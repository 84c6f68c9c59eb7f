import { afterEach, expect, it } from "vitest";

import { checkOptions } from "../src/values/options.ts";
import { findNonJson } from "../src/values/plain-json.ts";

// Scripts of a page may add to what every object inherits, in a way that a loop over names sees.
const polluted: Record<string, unknown> = Object.prototype as never;
afterEach(() => void delete polluted["contains"]);

it("what every object inherits is no part of a payload", () => {
  polluted["contains"] = () => false;
  expect(findNonJson({ a: [{ b: 1 }] })).toBeUndefined();
  expect(findNonJson({ a: [{ b: () => 1 }] })).toEqual({ message: "a function", path: ["a", 0, "b"] });
});

it("what every object inherits is no option", () => {
  polluted["contains"] = () => false;
  expect(() => checkOptions("worker", { id: "a" }, { id: () => {} })).not.toThrow();
  expect(() => checkOptions("worker", { ids: "a" }, { id: () => {} })).toThrow("did you mean id?");
});
