import type { Duration, JobState } from "@longshore/core";
import { type Checks, checkOptions, duration, nonEmptyText, toMs } from "@longshore/core/adapter";
import { AssertionError } from "./assertion-error.ts";
import { type AnyJob, type Listable, type MatchOf, findJobs } from "./enqueued.ts";
import { checkSearch, matchesInput } from "./match.ts";
import type { Journal } from "./observed-store.ts";
import { wanted, whatThereIs } from "./wording.ts";

export type WaitOptions = {
  readonly id?: string | undefined;
  /** In real time. Default: `"4s"`, which is before vitest gives up a test. */
  readonly timeout?: Duration | undefined;
};

const CHECKS: Checks<WaitOptions> = { id: nonEmptyText, timeout: duration() };

/** Taken at import, so that a test's fake timers cannot replace it: its time would never come. */
const { setTimeout, clearTimeout } = globalThis;

export async function waitFor<D extends AnyJob>(
  { queue, journal }: { readonly queue: Listable; readonly journal: Journal },
  definition: D,
  match: MatchOf<D> | undefined,
  state: JobState = "enqueued",
  options: WaitOptions = {},
): Promise<string> {
  checkOptions("waitFor", options, CHECKS);
  checkSearch(definition, { state });
  const { id, timeout = "4s" } = options;
  const { name } = definition;
  const timeoutMs = toMs(timeout, "timeout of waitFor");
  const recorded = (): string | undefined => {
    for (const [known, { job, states }] of journal.jobs) {
      if (job.name !== name || !states.has(state) || (id !== undefined && known !== id)) continue;
      if (matchesInput(JSON.parse(job.payload), match)) return known;
    }
    return undefined;
  };
  /** What the journal does not know: states that only time makes, or an operator. */
  const standing = async (): Promise<string | undefined> =>
    (await findJobs(queue, definition, match, { id, state })).found[0]?.id;

  let over = false;
  let wake = (): void => {};
  const timer = setTimeout(() => {
    over = true;
    wake();
  }, timeoutMs);
  let changes = 0;
  const stopListening = journal.onChange(() => {
    changes += 1;
    wake();
  });
  try {
    for (;;) {
      const before = changes;
      const found = recorded() ?? (await standing());
      if (found !== undefined) return found;
      if (over) break;
      if (changes === before) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    clearTimeout(timer);
    stopListening();
  }
  const { all } = await findJobs(queue, definition, match, {});
  const asked = wanted(name, match, { id });
  throw new AssertionError(`No job ${asked} was ${state} within ${timeoutMs} ms. ${whatThereIs(name, all)}`);
}
