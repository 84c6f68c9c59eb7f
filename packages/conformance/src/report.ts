import { isError } from "@longshore/core/adapter";
import type { Case } from "./case.ts";
import { conformance } from "./conformance.ts";
import type { Make } from "./subject.ts";

/** The result of the whole suite. Plain data: it can leave a process or a page as JSON. */
export type Report = {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** What the adapter lacks, so that cases were skipped: each reason once, sorted. */
  readonly lacks: readonly string[];
};

/** Runs the suite without a test runner: in a page, a Worker, or another runtime that has none. */
export async function runAll(make: Make, cases?: readonly Case[]): Promise<Report> {
  const passed: string[] = [];
  const failed: Report["failed"][number][] = [];
  const skipped: Report["skipped"][number][] = [];
  const lacking = new Set<string>();
  for (const { name, skip, lacks, run } of await conformance(make, cases)) {
    if (skip !== undefined) {
      skipped.push({ name, reason: skip });
      for (const reason of lacks) lacking.add(reason);
      continue;
    }
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, error: isError(error) ? error.message : String(error) });
    }
  }
  return { passed, failed, skipped, lacks: [...lacking].sort() };
}
