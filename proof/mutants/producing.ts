import type { Mutant } from "./mutant.ts";

const QUEUE = "packages/core/src/jobs/queue.ts";
const REQUEST = "packages/core/src/jobs/request.ts";

/** Of enqueueing, and of what operators do. */
export const producingMutants: readonly Mutant[] = [
  {
    id: "F45-silence-is-success",
    fault: "F45",
    file: QUEUE,
    find: `{ status: "failed", message: "no answer" }`,
    replace: `{ status: "sent" }`,
    what: "A job without an answer from the backend counts as sent.",
  },
  {
    id: "F45-failure-is-silent",
    fault: "F45",
    file: QUEUE,
    find: `if (enqueued.status !== "failed") return enqueued;`,
    replace: `if (enqueued.status !== "failed" || jobOptions.id === undefined) return enqueued as never;`,
    what: "An enqueue that the backend refused resolves without an error if the caller gave no id.",
  },
  {
    id: "F48-id-of-its-own",
    fault: "F48",
    file: REQUEST,
    find: `const { id = definition.id?.(input), `,
    replace: `const id = definition.id?.(input);\n  const { `,
    what: "An enqueue that is repeated with its id gets a new id.",
  },
  {
    id: "F48-id-untold",
    fault: "F48",
    file: QUEUE,
    find: `const ids = unique ? jobs.map(({ id }) => id) : undefined;`,
    replace: `const ids = unique ? jobs.slice(1).map(({ id }) => id) : undefined;`,
    what: "The error of an enqueue without an answer does not contain the ids to repeat it with.",
    tests: ["test/answers.test.ts"],
  },
  {
    id: "F15-delay-too-long",
    fault: "F15",
    file: REQUEST,
    find: `  if (inMs > maxDelayMs) refuse("delay_too_long", "delay", \`at most \${maxDelayMs} ms\`, inMs);\n`,
    replace: ``,
    what: "A delay that is longer than the backend supports is not refused.",
  },
  {
    id: "F112-counts-characters",
    fault: "F112",
    file: "packages/core/src/values/payload.ts",
    find: `const bytes = new TextEncoder().encode(text).length;`,
    replace: `const bytes = text.length;`,
    what: "A payload is measured in characters instead of bytes.",
  },
  {
    id: "F93-loose-names",
    fault: "F93",
    file: "packages/core/src/values/limits.ts",
    find: `/^[a-z\\d][\\w.-]{0,99}$/i,`,
    replace: `/^[a-z\\d][\\w.-]{0,99}/i,`,
    what: "Only the beginning of a name is validated.",
  },
  {
    id: "F24-replay-without-answers",
    fault: "F24",
    file: QUEUE,
    find: `replayMany: many("replay"),`,
    replace: `replayMany: async (refs) => Promise.all(refs.slice(0, 1).map(one("replay"))),`,
    what: "A replay of many jobs replays only the first.",
  },
  {
    id: "F63-due-by-the-callers-clock",
    fault: "F63",
    file: REQUEST,
    find: `due: dueOf(options, traits),`,
    replace: `due: options.runAt === undefined ? dueOf(options, traits) : { inMs: +options.runAt - platform.now() },`,
    what: "An instant is converted to a delay by the clock of the enqueuing process.",
  },
  {
    id: "F76-stores-what-was-passed",
    fault: "F76",
    file: REQUEST,
    find: `buildJob(request, checked.value, traits, platform, ids)`,
    replace: `buildJob(request, input, traits, platform, ids)`,
    what: "The stored payload is the caller's input instead of the schema's output.",
  },
  {
    id: "F141-operators-send-whole-jobs",
    fault: "F141",
    file: QUEUE,
    find: `  return { id, partition };
`,
    replace: `  return typeof ref === "string" ? { id, partition } : ref;
`,
    what: "A replay of a page of dead letters sends their inputs and failures, too.",
    tests: ["test/operations.test.ts"],
  },
  {
    id: "F141-events-of-operators-carry-inputs",
    fault: "F141",
    file: QUEUE,
    find: `  return { id, partition, name, queue, metadata };
`,
    replace: `  void [partition, name, queue, metadata];
  return { ...ref, id };
`,
    what: "Events about operators' actions contain the job's input.",
    tests: ["test/operations.test.ts"],
  },
];
