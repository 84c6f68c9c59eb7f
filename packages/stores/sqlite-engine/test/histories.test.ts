import { checkAgainstModel, conformance, contractCases } from "@longshore/conformance";
import { describe, test } from "vitest";
import { engine } from "./subject.ts";

/**
 * So small that jobs are at home in the ledger, in rows, and in one after the other; none; and as an object has it. Each has
 * chunks of one job or of several, soon or late, and most of the histories also jobs that leave them.
 */
const ROOMS = [
  { open: 0, ended: 0, chunk: 0, kept: 1_000 },
  { open: 300, ended: 300, chunk: 700, kept: 1_000 },
  { open: 700, ended: 0, chunk: 700, kept: 1_000 },
  { open: 2_000, ended: 1_000, chunk: 700, kept: 1_000 },
  { open: 32_000, ended: 1_000, chunk: 32_000, kept: 1_000 },
  { open: 32_000, ended: 10_000, chunk: 32_000, kept: 1_000 },
];
/** The second one found a full queue whose pause ends. */
const seeds = [1, 1_665_490_088, Math.floor(Math.random() * 2 ** 31)];

describe.for(ROOMS)(
  "with small jobs of $open characters in the ledger, $ended ended, and $chunk in a chunk",
  (room) => {
    test.for(seeds)("a random history answers as the model does, reloads included (seed %i)", (seed) =>
      checkAgainstModel(engine(room), { seed, operations: 400 }),
    );
  },
);

describe("the contract, with 700 characters of small jobs in the ledger, and chunks of one job", async () => {
  for (const { name, skip, run } of await conformance(
    engine({ open: 700, ended: 0, chunk: 0, kept: 1_000 }),
    contractCases,
  )) {
    test(name, { skip: skip !== undefined }, run);
  }
});
