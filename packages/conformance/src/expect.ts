import { AssertionError } from "@longshore/testing/tools";

export { AssertionError } from "@longshore/testing/tools";

export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Structural equality of plain data. An undefined property counts as missing. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)];
  if (got !== wanted) throw new AssertionError(`${what}: expected ${wanted}, got ${got}`);
}

/** Returns the thrown value. */
export async function expectRejection(call: () => unknown, what: string): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new AssertionError(`${what}: expected a rejection, but it succeeded`);
}

/** Plain data as canonical text: keys are sorted, undefined is left out, and kinds of numbers are distinguished. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, part]) => `${key}: ${show(part)}`).join(", ")}}`;
  }
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return String(value);
}
