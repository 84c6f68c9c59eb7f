import type { AnySchema } from "../values/schema.ts";

/** The part of the Standard JSON Schema interface (https://standardschema.dev/json-schema) that is used here. */
type Described = {
  readonly jsonSchema?: { readonly [Way in "input" | "output"]: (options: object) => unknown };
};

/**
 * Omits parts that JSON Schema cannot express (a Date, a transformation); by default the vendor would refuse the whole
 * schema.
 */
const OPTIONS = {
  target: "draft-2020-12",
  libraryOptions: {
    unrepresentable: "any", // zod
    fallback: ({ base }: { readonly base: unknown }) => base, // arktype
    errorMode: "ignore", // valibot
  },
};

/** They do not affect which inputs are accepted. A default may also be random, and differ in each process. */
const ANNOTATION = /^(default|description|title|examples|deprecated|\$comment)$/;
/** Objects whose keys are names from the user's schema. */
const BY_NAME = /^(properties|patternProperties|dependentSchemas|\$defs|definitions)$/;

/**
 * A short text that is equal for schemas with equal input and output, and very likely different for others. Undefined
 * for a schema without a JSON Schema.
 */
export function fingerprint(schema: AnySchema): string | undefined {
  try {
    const { jsonSchema } = schema["~standard"] as Described; // optional
    if (jsonSchema === undefined) return undefined;
    const names = new Set<unknown>();
    const text = JSON.stringify(
      [jsonSchema.input(OPTIONS), jsonSchema.output(OPTIONS)],
      function (this: unknown, key, value: unknown) {
        if (names.has(this)) return value;
        if (BY_NAME.test(key)) names.add(value);
        return ANNOTATION.test(key) ? undefined : value;
      },
    );
    return `~${hash(text)}`; // a `version` cannot begin with ~
  } catch {
    // The vendor cannot describe some part of it.
    return undefined;
  }
}

/** FNV-1a with 32 bits (http://www.isthe.com/chongo/tech/comp/fnv), over UTF-16 units: seven digits at most. */
function hash(text: string): string {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193);
  return (hashed >>> 0).toString(36);
}
