import { checkAgainstModel, conformance, contractCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { engine } from "./subject.ts";

/** So small that jobs are at home in the ledger, in rows, and in one after the other; none; and as an object has it. */
const LEDGERS = [0, 300, 700, 2_000, 32_000];
/** The second one found a full queue whose pause ends. */
const seeds = [1, 1_665_490_088, Math.floor(Math.random() * 2 ** 31)];

describe.for(LEDGERS)("with %i characters of small jobs in the ledger", (ledger) => {
  test.for(seeds)("a random history answers as the model does, reloads included (seed %i)", (seed) =>
    checkAgainstModel(engine(ledger), { seed, operations: 400 }),
  );
});

describe("the contract, with 700 characters of small jobs in the ledger", async () => {
  for (const { name, skip, run } of await conformance(engine(700), contractCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
});
