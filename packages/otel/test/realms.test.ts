import { runInNewContext } from "node:vm";
import { nonRetryable } from "@longshore/core";
import { expect, test } from "vitest";
import { exceptionOf } from "../src/exception.ts";
import { thrownOutcome } from "../src/outcome.ts";

const foreign = (code: string): unknown =>
  runInNewContext(`Object.assign(new Error("no"), { name: "LongshoreError", code: ${JSON.stringify(code)} })`);

test("an error of another realm has its class, and one of ours its code", () => {
  expect(exceptionOf(runInNewContext(`new TypeError("no")`), true)).toMatchObject({ type: "TypeError", message: "no" });
  expect(exceptionOf(foreign("non_retryable"), false)).toEqual({ type: "non_retryable" });
  expect(exceptionOf(new DOMException("no", "AbortError"), false)).toEqual({ type: "AbortError" });
});

test("what only has a name is no class of errors", () => {
  expect(exceptionOf({ name: "Ada", message: "Ada" }, true)).toEqual({ type: "_OTHER" });
});

test("a verdict of a second copy of the package is a verdict", () => {
  expect(thrownOutcome(foreign("snooze"), undefined, { attempt: 1, attempts: 5 })).toBe("snoozed");
  for (const error of [foreign("non_retryable"), nonRetryable("no")]) {
    expect(thrownOutcome(error, undefined, { attempt: 1, attempts: 5 })).toBe("dead");
  }
});
