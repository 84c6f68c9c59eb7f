import type { Case } from "./case.ts";
import { cases as all } from "./cases/index.ts";
import { openHarness } from "./harness.ts";
import { missing } from "./need.ts";
import type { Make, Subject } from "./subject.ts";

/** A case for one adapter. */
export type Check = {
  readonly name: string;
  /** Why the case does not apply to this adapter; undefined if it does. */
  readonly skip: string | undefined;
  /** Makes a new adapter and runs the case. Rejects if the promise is broken. */
  run(): Promise<void>;
};

/**
 * Returns every case of the suite for the adapter that `make` makes, for any test runner:
 *
 * ```ts
 * for (const { name, skip, run } of await conformance(make)) test(name, { skip }, run);
 * ```
 *
 * What is run and what is skipped follows from the methods that the adapter has and from its traits. `cases`: by default
 * all of them; `contractCases` or `pipelineCases` for a part.
 */
export async function conformance(make: Make, cases: readonly Case[] = all): Promise<readonly Check[]> {
  const subject = await make({ clock: { now: () => 0 } });
  try {
    return cases.map((one) => ({
      name: one.name,
      skip: reasonToSkip(one, subject),
      run: () => runCase(one, make),
    }));
  } finally {
    await subject.dispose?.();
  }
}

function reasonToSkip(one: Case, subject: Subject): string | undefined {
  const reasons = one.needs.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
  if (reasons.length === 0) return undefined;
  return `${subject.adapter.name}: ${reasons.join("; ")}`;
}

async function runCase(one: Case, make: Make): Promise<void> {
  const harness = await openHarness(make);
  try {
    await one.run(harness);
  } finally {
    await harness.dispose();
  }
}
