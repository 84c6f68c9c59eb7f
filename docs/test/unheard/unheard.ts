import { test } from "vitest";

// It passes, and its run must not: nobody listens to the promise.
test("leaves a rejected promise behind", async () => {
  const left = Promise.reject(new Error("nobody listens"));
  await Promise.allSettled([Promise.resolve(left === undefined)]);
});
