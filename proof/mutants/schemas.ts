import type { Mutant } from "./mutant.ts";

const FINGERPRINT = "packages/core/src/jobs/fingerprint.ts";
const ASK = "packages/core/src/jobs/validate.ts";

/** Of asking schemas, and of telling one version of them from another. */
export const schemaMutants: readonly Mutant[] = [
  {
    id: "F76-fingerprint-by-chance",
    fault: "F76",
    file: FINGERPRINT,
    find: `return ANNOTATION.test(key) ? undefined : value;`,
    replace: `return value;`,
    what: "A random default value makes each process a different version.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F76-fields-by-the-words-of-a-schema",
    fault: "F76",
    file: FINGERPRINT,
    find: `        if (BY_NAME.test(key)) names.add(value);
`,
    replace: ``,
    what: "A field whose name is a JSON Schema keyword is missing from the fingerprint, so a version that changed it is trusted.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F76-fingerprint-of-the-input-alone",
    fault: "F76",
    file: FINGERPRINT,
    find: `[jsonSchema.input(OPTIONS), jsonSchema.output(OPTIONS)]`,
    replace: `[jsonSchema.input(OPTIONS)]`,
    what: "The fingerprint ignores a schema's output, so a version that transforms the same input differently is trusted.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F76-no-fingerprint-of-dates",
    fault: "F76",
    file: FINGERPRINT,
    find: `unrepresentable: "any", // zod`,
    replace: `unrepresentable: "throw", // zod`,
    what: "A schema with one part that JSON Schema cannot express has no fingerprint.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F29-schema-rejects",
    fault: "F29",
    file: ASK,
    find: `isPromise(answer) ? Promise.resolve(answer).catch(refusal) : answer`,
    replace: `isPromise(answer) ? Promise.resolve(answer) : answer`,
    what: "The error with which an asynchronous schema rejects, which may quote the payload, is thrown unchanged.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F90-promises-of-this-realm-alone",
    fault: "F90",
    file: ASK,
    find: `typeof (value as Promise<T> | undefined)?.then === "function"`,
    replace: `value instanceof Promise`,
    what: "A promise from another realm is taken for the schema's result.",
    tests: ["test/input.test.ts"],
  },
  {
    id: "F34-second-refusal-is-nobodys",
    fault: "F34",
    file: ASK,
    find: `  decided.catch(() => {});
`,
    replace: ``,
    what: "If two inputs of a batch are refused asynchronously, the second rejection is unhandled and ends the process.",
    tests: ["test/input.test.ts"],
  },
];
