import { readFileSync } from "node:fs";
import { type JobEvent, jsonLines } from "@longshore/core";
import { expect, test } from "vitest";
import { root } from "../examples.ts";

test("docs/observing.md tells every field of an attempt's line, and no other", () => {
  const [, table = ""] =
    /onEvent: jsonLines[^]*?\n\n(\|[^]*?)\n\n/.exec(readFileSync(`${root}docs/observing.md`, "utf8")) ?? [];
  const firsts = [...table.matchAll(/^\|([^|]*)\|/gm)].map(([, cell = ""]) => cell);
  const told = firsts.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));

  const failed: JobEvent = {
    type: "failed",
    job: { id: "a", name: "b", queue: "c", metadata: {} },
    attempt: 1,
    startedAt: 0,
    at: 1,
    delayMs: 0,
    failure: { message: "no", stack: "at" },
  };
  const lines: string[] = [];
  jsonLines((line) => lines.push(line))(failed);
  expect(told.toSorted()).toEqual(Object.keys(JSON.parse(lines[0] ?? "")).sort());
});
