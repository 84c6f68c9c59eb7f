import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { cases, runAll, saboteurs } from "../src/index.ts";

/** Which cases caught which saboteur. */
const caughtBy = new Map<string, readonly string[]>();

beforeAll(async () => {
  for (const { name, make } of saboteurs) {
    const { failed } = await runAll(make);
    caughtBy.set(
      name,
      failed.map((one) => one.name),
    );
  }
}, 120_000);

/** Who was caught by whom, shown when a test fails. */
afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const [name, by] of caughtBy) console.log(`${name}\n    ${by.length} cases: ${by.slice(0, 4).join("; ")}`);
});

describe("the suite", () => {
  test("has names for its cases and saboteurs that tell them apart", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(new Set(saboteurs.map(({ name }) => name)).size).toBe(saboteurs.length);
  });

  test("catches every saboteur", () => {
    const free = [...caughtBy].filter(([, by]) => by.length === 0).map(([name]) => name);
    expect(free).toEqual([]);
  });

  test("has no case that catches nobody", () => {
    const useful = new Set([...caughtBy.values()].flat());
    const idle = cases.map(({ name }) => name).filter((name) => !useful.has(name));
    expect(idle).toEqual([]);
  });

  test("is tried on subtle saboteurs: none of them breaks everything", () => {
    const crude = [...caughtBy].filter(([, by]) => by.length > cases.length / 3);
    expect(crude.map(([name, by]) => `${name}: ${by.length} cases`)).toEqual([]);
  });
});
