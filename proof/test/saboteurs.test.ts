import { type Case, type Make, cases, conformance } from "@longshore/conformance";
import { saboteurs } from "../saboteurs/index.ts";
import { makeReference } from "@longshore/conformance/tools";
import { threadCpuUsage } from "node:process";
import { describe, expect, test } from "vitest";

/** The cases, those first that cost least over a correct store: most saboteurs are caught by one of them. */
async function cheapestFirst(): Promise<readonly Case[]> {
  const costs = new Map<string, number>();
  for (const { name, skip, run } of await conformance(makeReference())) {
    const before = threadCpuUsage();
    if (skip === undefined) await run();
    const { user, system } = threadCpuUsage(before);
    costs.set(name, user + system);
  }
  const cost = ({ name }: Case): number => costs.get(name) ?? 0;
  return cases.toSorted((a, b) => cost(a) - cost(b));
}

/** The first case that an adapter fails, if it fails one. */
async function firstFailed(make: Make, sorted: readonly Case[]): Promise<string | undefined> {
  for (const { name, skip, run } of await conformance(make, sorted)) {
    if (skip !== undefined) continue;
    try {
      await run();
    } catch {
      return name;
    }
  }
  return undefined;
}

describe("the suite", async () => {
  const sorted = await cheapestFirst();

  test("has names for its cases and saboteurs that tell them apart", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(new Set(saboteurs.map(({ name }) => name)).size).toBe(saboteurs.length);
  });

  // The first case that fails is enough. Each by each is a hundred thousand runs: test/matrix.
  test.for(saboteurs.map(({ name, make }) => [name, make] as const))("catches %s", async ([, make]) => {
    expect(await firstFailed(make, sorted)).toBeDefined();
  });

  test("lets pass who does nothing wrong", async () => {
    expect(await firstFailed(makeReference(), sorted)).toBeUndefined();
  });
});
