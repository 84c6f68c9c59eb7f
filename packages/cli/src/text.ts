/**
 * What a terminal would obey or hide instead of showing it: control characters (of which ESC and the C1 block begin
 * sequences), marks that turn the direction of the text around, and what Unicode calls ignorable, which has no width: an
 * assistant reads a sentence of variation selectors where a person sees nothing.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Surrogate}]/gu;

/** Text of a job, or of anybody else, as it may reach a terminal. */
export function safe(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same with its line breaks and tabs, each line after an indent. */
export function safeLines(text: string, indent: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => indent + safe(line.replaceAll("\t", "  ")))
    .join("\n");
}

/** One line of at most `most` characters. */
export function short(text: string, most: number): string {
  const line = safe(text.replace(/\s+/g, " ").trim());
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** A value as JSON that is as safe: JSON itself escapes only some of these. */
export function safeJson(value: unknown, space?: number): string {
  const text = JSON.stringify(value, undefined, space) ?? "null";
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return character; // of the layout: in a string it is escaped already
    return Array.from({ length: character.length }, (_, i) => unit(character.charCodeAt(i))).join("");
  });
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
