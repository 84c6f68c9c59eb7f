import type { Issue } from "./schema.ts";

/** A message names at most this many issues, twice as many parts of a path, and `PART` characters of a part. */
const MOST = 5;
const PART = 40;
/** A valid kind of issue; a validator may put anything there. */
const KIND = /^[\w.-]{1,40}$/;

/**
 * The path and kind of each issue: `email (invalid_format), items.0 (invalid_type)`. It is stored and logged, so it
 * never contains the value, or the validator's own messages, which quote it.
 */
export function describeIssues(issues: readonly Issue[]): string {
  const shown = issues.slice(0, MOST).map((issue) => {
    // zod and arktype call it `code`, valibot `type` or `kind`.
    const { code, type, kind } = issue as { readonly [Name in "code" | "type" | "kind"]?: unknown };
    const said = [code, type, kind].find((text) => typeof text === "string" && KIND.test(text));
    return (pathOf(issue) || "the whole") + (said === undefined ? "" : ` (${String(said)})`);
  });
  return shown.join(", ") + (issues.length > MOST ? ", …" : "");
}

/** A path such as `items.0.when`; empty for the whole value. */
export function pathOf({ path = [] }: Issue): string {
  const parts = path.slice(0, 2 * MOST).map((part) => String(typeof part === "object" ? part.key : part));
  return parts.map((part) => (part.length > PART ? `${part.slice(0, PART)}…` : part)).join(".");
}
