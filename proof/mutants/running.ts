import type { Mutant } from "./mutant.ts";

const RUN = "packages/core/src/run.ts";
const EXECUTE = "packages/core/src/execute.ts";

/** Of one attempt: admit, decode, run, decide; and of what follows a failure. */
export const runningMutants: readonly Mutant[] = [
  {
    id: "F06-unknown-is-dead",
    fault: "F06",
    file: EXECUTE,
    find: `if (waitedMs >= PATIENCE_MS) return`,
    replace: `if (waitedMs >= 0) return`,
    what: "A job of an unknown name is dead at once.",
  },
  {
    id: "F06-unknown-costs-attempts",
    fault: "F06",
    file: EXECUTE,
    find: `throw leftToOthers(job, \`no worker has a handler for \${job.name}\`);`,
    replace: `throw new Error("unknown");`,
    what: "A job of an unknown name fails, and uses up its attempts.",
  },
  {
    id: "F06-patience-from-birth",
    fault: "F06",
    file: EXECUTE,
    find: `const waitedMs = job.snoozed?.reason === reason ? job.snoozed.forMs : 0;`,
    replace: `const waitedMs = job.ageMs;`,
    what: "A job that was delayed by days is dead at the first claim by a worker that does not know its name.",
  },
  {
    id: "F167-no-reason",
    fault: "F167",
    file: "packages/memory/src/memory.ts",
    find: `snoozed: snoozedFor(outcome.reason, snoozed, now)`,
    replace: `snoozed`,
    what: "Nobody can see what a job waits for.",
  },
  {
    id: "F18-no-fencing-token",
    fault: "F18",
    file: RUN,
    find: `return this.job.token;`,
    replace: `return this.job.attempt;`,
    what: "A handler gets the number of its attempt for a fencing token, which comes again for the next life of an id.",
  },
  {
    id: "F20-poison-runs-for-ever",
    fault: "F20",
    file: EXECUTE,
    find: `if (job.attempt <= attempts) return binding;`,
    replace: `if (job.attempt <= attempts || job.stalled) return binding;`,
    what: "A job that kills its worker is run again, whatever its attempts.",
  },
  {
    id: "F20-one-attempt-more",
    fault: "F20",
    file: "packages/core/src/backoff.ts",
    find: `return attempt < policy.attempts && inTime ? delayMs : undefined;`,
    replace: `return attempt <= policy.attempts && inTime ? delayMs : undefined;`,
    what: "A job that fails is tried once more than its policy says.",
  },
  {
    id: "F22-stall-is-not-told",
    fault: "F22",
    file: EXECUTE,
    find: `  if (job.stalled) host.emit?.({ type: "stalled", job, attempt: job.attempt - 1 });\n`,
    replace: ``,
    what: "Nobody is told that an attempt was lost with its worker.",
  },
  {
    id: "F26-overflow",
    fault: "F26",
    file: "packages/core/src/backoff.ts",
    find: `Math.min(factor ** (attempt - 1), Number.MAX_VALUE)`,
    replace: `factor ** (attempt - 1)`,
    what: "Late attempts overflow the backoff.",
    tests: ["test/backoff.test.ts"],
  },
  {
    id: "F26-timer-overflow",
    fault: "F26",
    file: "packages/core/src/platform.ts",
    find: `Math.min(Math.ceil(ms), 2 ** 31 - 1)`,
    replace: `Math.ceil(ms)`,
    what: "A timer that is too long for the runtime fires at once.",
    tests: ["test/worker.test.ts"],
  },
  {
    id: "F27-no-jitter",
    fault: "F27",
    file: "packages/core/src/backoff.ts",
    find: `(1 + JITTER * random)`,
    replace: `(1 + JITTER)`,
    what: "Jobs that failed together come back together.",
    tests: ["test/backoff.test.ts"],
  },
  {
    id: "F29-hostile-error",
    fault: "F29",
    file: "packages/core/src/failure.ts",
    find: `cut(stack, STACK_BYTES)`,
    replace: `stack`,
    what: "A stack of ten megabytes is stored whole.",
  },
  {
    id: "F29-error-with-traps",
    fault: "F29",
    file: "packages/core/src/errors.ts",
    find: `  try {
    const { name, code } = thrown as LongshoreError; // whatever it is, it may look like one
    return name === "LongshoreError" ? code : undefined;
  } catch {
    return undefined;
  }`,
    replace: `  const { name, code } = Object(thrown);
  return name === "LongshoreError" ? code : undefined;`,
    what: "Looking at what was thrown may throw.",
  },
  {
    id: "F145-late-outcome-counts",
    fault: "F145",
    file: RUN,
    find: `    if (this.outcome !== undefined) return;
    this.outcome = outcome;`,
    replace: `    this.outcome = outcome;`,
    what: "What a handler does after its timeout overrules what was decided then.",
  },
  {
    id: "F71-shutdown-costs-an-attempt",
    fault: "F71",
    file: RUN,
    find: `else this.decide(code === "shutdown" ? RELEASE : this.#failure(error));`,
    replace: `else this.decide(this.#failure(error));`,
    what: "A handler that heeds the shutdown has failed.",
  },
  {
    id: "F23-follow-ups-of-a-failure",
    fault: "F23",
    file: RUN,
    find: `const next = outcome.type === "complete" ? (this.next as NewJob[] | undefined) : undefined;`,
    replace: `const next = this.next as NewJob[] | undefined;`,
    what: "An attempt that failed asks for its follow-up jobs all the same.",
  },
  {
    id: "F76-runs-a-newer-format",
    fault: "F76",
    file: "packages/core/src/codec.ts",
    find: `return headers["v"] === FORMAT["v"];`,
    replace: `return headers["v"] !== undefined;`,
    what: "A worker runs a job that a newer version has written.",
  },
  {
    id: "F76-runs-unchecked-input",
    fault: "F76",
    file: EXECUTE,
    find: `(issues) => failed(run, leftToOthers(job, \`\${MISFIT} \${places(issues)}\`)),`,
    replace: `() => runHandler(run, binding, stored),`,
    what: "A handler runs with a stored input that its own version of the schema refuses.",
  },
];
