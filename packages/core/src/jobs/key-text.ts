import { refuse } from "../values/errors.ts";
import { findNonJson } from "../values/plain-json.ts";

const MOST_CHARACTERS = 400;

/**
 * The contract's key of a user's one, among the jobs of a definition, of its queue, or all; `keyScope` reads which. A
 * definition is one of its queue: who may reach the jobs of one queue reaches no others by a key.
 */
export function scopedKey(
  { name, queue }: { readonly name: string; readonly queue: string },
  per: "name" | "queue" | "store",
  text: string,
): string {
  return `${{ name: `n:${queue}:${name}`, queue: `q:${queue}`, store: "s" }[per]}:${text}`;
}

/** The one text of a user's key, whatever the order of its parts. Fails with `invalid_option`. */
export function keyText(key: unknown, what: string): string {
  const issue = findNonJson(key);
  if (issue !== undefined) refuse("invalid_option", what, "plain JSON", issue.message);
  const text = JSON.stringify(key, inOrder);
  if (text.length > MOST_CHARACTERS)
    refuse("invalid_option", what, `at most ${MOST_CHARACTERS} characters of JSON`, text.length);
  return text;
}

/** For `JSON.stringify`: writes the keys of objects in order. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
