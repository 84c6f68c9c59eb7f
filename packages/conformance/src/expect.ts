/** What a case expected and did not find. */
export class Unmet extends Error {
  override readonly name = "Unmet";
}

export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unmet(message);
}

/** Structural equality of plain data. A property that is undefined counts as absent. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)];
  if (got !== wanted) throw new Unmet(`${what}: expected ${wanted}, got ${got}`);
}

/** Answers what was thrown. */
export async function expectRejection(call: () => unknown, what: string): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Unmet(`${what}: expected a rejection, but it succeeded`);
}

/** Canonical text of plain data: keys sorted, undefined left out, and the kinds of numbers told apart. */
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
