import { checkAgainstModel } from "@longshore/conformance";
import { test } from "vitest";
import { engine } from "./subject.ts";

/** The second one found a full queue whose pause ends. */
const seeds = [1, 1_665_490_088, Math.floor(Math.random() * 2 ** 31)];

test.for(seeds)("a random history answers as the model does, reloads included (seed %i)", (seed) =>
  checkAgainstModel(engine({}), { seed, operations: 400 }),
);
