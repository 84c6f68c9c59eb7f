import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { LongshoreError, codeOf, createQueue } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { task } from "./scripted-backend.ts";

test("an error of another realm, or of a second copy of the package, has its code", () => {
  const foreign: unknown = runInNewContext(
    `Object.assign(new Error("no"), { name: "LongshoreError", code: "invalid_cursor" })`,
  );
  expect(foreign instanceof Error).toBe(false);
  expect(codeOf(foreign)).toBe("invalid_cursor");
  expect(codeOf(new LongshoreError("shutdown", "bye"))).toBe("shutdown");
  const trap = new Proxy({}, { get: () => runInNewContext(`throw new Error("a trap")`) });
  for (const other of [null, undefined, "LongshoreError", 1, new Error("no"), { code: "shutdown" }, trap]) {
    expect(codeOf(other)).toBeUndefined();
  }
});

test("a Date of another realm is a date", async () => {
  const adapter = minimalAdapter();
  const runAt: Date = runInNewContext("new Date(1_800_000_000_000)");
  expect(runAt instanceof Date).toBe(false);
  await createQueue(adapter).enqueue(task, {}, { runAt });
  expect(adapter.sent[0]?.due).toEqual({ at: 1_800_000_000_000 });
});
