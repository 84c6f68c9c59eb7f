import type { AnySchema } from "../values/schema.ts";

/** The part of the Standard JSON Schema interface (https://standardschema.dev/json-schema) that is used here. */
type Described = {
  readonly jsonSchema?: { readonly [Way in "input" | "output"]: (options: object) => unknown };
};

/** What has no place in a JSON Schema (a Date, a transformation) is left out, where the vendor would refuse the whole. */
const OPTIONS = {
  target: "draft-2020-12",
  libraryOptions: {
    unrepresentable: "any", // zod
    fallback: ({ base }: { readonly base: unknown }) => base, // arktype
    errorMode: "ignore", // valibot
  },
};

/** They say nothing of what is accepted, and a default may be drawn by chance, in each process another. */
const ANNOTATION = /^(default|description|title|examples|deprecated|\$comment)$/;
/** Their keys are names of the schema's own. */
const BY_NAME = /^(properties|patternProperties|dependentSchemas|\$defs|definitions)$/;

/**
 * A short text that is the same wherever a schema says the same of what it takes and makes, and very likely another
 * where it does not; undefined for a schema that has no JSON Schema.
 */
export function fingerprint(schema: AnySchema): string | undefined {
  try {
    const { jsonSchema } = schema["~standard"] as Described; // vendors may have it
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
    return `~${hash(text)}`; // no `version` begins so
  } catch {
    // It has parts that its vendor cannot describe.
    return undefined;
  }
}

/** FNV-1a with 32 bits (http://www.isthe.com/chongo/tech/comp/fnv), over UTF-16 units: seven digits at most. */
function hash(text: string): string {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193);
  return (hashed >>> 0).toString(36);
}
