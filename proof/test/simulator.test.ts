import { readFileSync, readdirSync } from "node:fs";
import { INVARIANTS, type Plan, everyCrash, everyFault, replay, simulate } from "@longshore/simulator";
import { saboteurs } from "../saboteurs/index.ts";
import { describe, expect, test } from "vitest";
import { simulatedMemory } from "../store.ts";

Error.stackTraceLimit = 0;

/** Every history that once broke an invariant, and what was wrong: with the product, or with the simulator itself. */
const folder = new URL("failed/", import.meta.url);
const failed = readdirSync(folder).map((file): { file: string; found: string; plan: Plan } => ({
  file,
  ...JSON.parse(readFileSync(new URL(file, folder), "utf8")),
}));

/** `pnpm sim` goes on for as long as it is told. */
const HISTORIES = 50;
const told = (
  failures: readonly { readonly seed: number; readonly message: string; readonly table: string }[],
): string => failures.map(({ seed, message, table }) => `seed ${seed}: ${message}\n${table}`).join("\n");

// Pairs of faults: test/matrix.
describe("the simulator over the memory store", () => {
  test("finds nothing in new histories", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { histories, violations, counters } = await simulate(simulatedMemory, { seed, histories: HISTORIES });
    expect(told(violations)).toBe("");
    expect(histories).toBe(HISTORIES);
    expect(counters).toMatchObject({ lost: 0, unexpected: 0 });
    expect(counters.attempted).toBeGreaterThan(histories);
  });

  test.each(failed)("finds nothing where it once found $found ($file)", async ({ plan }) => {
    const { violation, events } = await replay(simulatedMemory, plan);
    expect(violation).toBeUndefined();
    expect(events).toBeGreaterThan(100);
  });

  test("finds nothing with any one fault at any one call of a script that uses every verb", async () => {
    const { places, runs, failures } = await everyFault(simulatedMemory);
    expect(told(failures)).toBe("");
    expect(places).toBeGreaterThan(60);
    expect(runs).toBe(places * 8);
  });

  test("finds nothing after a death at anything that a process waits for", async () => {
    const { places, runs, failures } = await everyCrash(simulatedMemory);
    expect(told(failures)).toBe("");
    expect(places).toBeGreaterThan(200);
    expect(runs).toBe(places);
  });
});

/** Stores that are broken in one way each, and the invariant that says so. */
const BROKEN = [
  ["claims what is still leased", "singleLease"],
  ["numbers the tokens of each job by themselves", "freshTokens"],
  ["hands out who waits behind another", "uniqueKeys"],
  ["an update leaves the priority", "updates"],
  ["ignores limits", "limits"],
  ["lets others pass the first of an ordered key while it waits for its retry", "keyOrder"],
  ["serves a key to its end before the next", "fairness"],
  ["lets one job too many into a queue", "depth"],
  ["starts a job before its parents have ended", "families"],
  ["never starts a job whose parents have ended", "families"],
] as const;

describe("a failure", () => {
  const broken = (name: string) => {
    const found = saboteurs.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no saboteur who ${name}`);
    return found.make;
  };

  test.each(BROKEN)("is named by its invariant where a store %s", async (name, invariant) => {
    const { violations } = await simulate(broken(name), { seed: 1, histories: 50, shrinks: 0 });
    expect(violations.map((one) => one.invariant)).toEqual([invariant]);
    expect(Object.keys(INVARIANTS)).toContain(invariant);
  });

  test("is made small, printed as a table, and repeats from its plan", async () => {
    const make = broken("numbers the tokens of each job by themselves");
    const { violations } = await simulate(make, { seed: 1, histories: 50 });
    const [failure] = violations;
    expect(failure?.plan.producers).toBe(1);
    expect(failure?.table.split("\n")[0]).toMatch(/seconds +actor +operation +result +fault/);
    const plan = JSON.parse(JSON.stringify(failure?.plan));
    const [first, second] = [await replay(make, plan), await replay(make, plan)];
    expect(first.violation?.invariant).toBe("freshTokens");
    expect(first.hash).toBe(second.hash);
  });

  test("is only possible for a full store", async () => {
    const make = broken("broker: delivers at once what is delayed");
    await expect(simulate(make, { seed: 1 })).rejects.toThrow("the simulator is for full stores: it has no Pull");
  });
});
