import type { Issue } from "./schema.ts";

/** The most issues, and parts of a path, that a message names; and the most characters of a part. */
const MOST = 5;
const PART = 40;
/** What a kind of issue looks like; a validator may have anything in its place. */
const KIND = /^[\w.-]{1,40}$/;

/**
 * Where a value does not fit, and of what kind each issue is: `email (invalid_format), items.0 (invalid_type)`. Never
 * the value and never the validator's own words, which quote it: this is stored and logged.
 */
export function places(issues: readonly Issue[]): string {
  const shown = issues.slice(0, MOST).map((issue) => {
    // What zod and arktype, valibot, and valibot again call it.
    const { code, type, kind } = issue as { readonly [Name in "code" | "type" | "kind"]?: unknown };
    const said = [code, type, kind].find((text) => typeof text === "string" && KIND.test(text));
    return (where(issue) || "the whole") + (said === undefined ? "" : ` (${String(said)})`);
  });
  return shown.join(", ") + (issues.length > MOST ? ", …" : "");
}

/** A path as `items.0.when`; empty for the whole. */
export function where({ path = [] }: Issue): string {
  const parts = path.slice(0, 2 * MOST).map((part) => String(typeof part === "object" ? part.key : part));
  return parts.map((part) => (part.length > PART ? `${part.slice(0, PART)}…` : part)).join(".");
}
