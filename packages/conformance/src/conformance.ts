import type { Case } from "./case.ts";
import { cases as all } from "./cases/index.ts";
import { openHarness } from "./harness.ts";
import { missing } from "./need.ts";
import type { Make } from "./subject.ts";

/** A case for one adapter. */
export type Check = {
  readonly name: string;
  /** Why the case does not apply to this adapter; undefined if it does. */
  readonly skip: string | undefined;
  /** What the adapter lacks for the case; empty if it applies. */
  readonly lacks: readonly string[];
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
    return cases.map((one) => {
      const lacks = one.needs.map((need) => missing(need, subject)).filter((reason) => reason !== undefined);
      return {
        name: one.name,
        skip: lacks.length === 0 ? undefined : `${subject.adapter.name}: ${lacks.join("; ")}`,
        lacks,
        run: () => runCase(one, make),
      };
    });
  } finally {
    await subject.dispose?.();
  }
}

async function runCase(one: Case, make: Make): Promise<void> {
  const harness = await openHarness(make);
  try {
    await one.run(harness);
  } finally {
    await harness.dispose();
  }
}
