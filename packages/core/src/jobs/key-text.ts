import { refuse } from "../values/errors.ts";
import { findNonJson } from "../values/plain-json.ts";

const MOST_CHARACTERS = 400;

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
