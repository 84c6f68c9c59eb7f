import type { Issue } from "./schema.ts";

/**
 * The first part of a value that JSON would change or drop, by path and kind: NaN, `undefined` in a list, a Date.
 * Returns undefined if there is none. Properties that are `undefined` or not enumerable count as absent, and a getter's
 * value is used. Not checked: named properties of a list, as `match` of a text returns, which JSON drops. To look for
 * them would cost as much as writing the list.
 */
export function findNonJson(value: unknown): Issue | undefined {
  const path: PropertyKey[] = [];
  try {
    const message = nonJsonKind(value, path);
    return message === undefined ? undefined : { message, path: path.reverse() };
  } catch {
    // A getter threw, a Proxy was revoked, or the stack overflowed.
    return { message: "a cycle, what is nested too deep, or what cannot be read" };
  }
}

function nonJsonKind(value: unknown, path: PropertyKey[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `${value}`;
    case "object":
      return value === null ? undefined : nonJsonInside(value, path);
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}

/** The path is built on the way back, so it costs nothing if the value is plain. */
function nonJsonInside(value: object, path: PropertyKey[]): string | undefined {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const kind = nonJsonKind(value[i], path);
      if (kind !== undefined) return (path.push(i), kind);
    }
    return undefined;
  }
  if (!isPlain(value)) return instanceName(value);
  // A list of the keys would cost more than the loop. JSON does not write inherited properties.
  for (const key in value) {
    const inner: unknown = value[key as keyof object];
    const kind = inner === undefined ? undefined : nonJsonKind(inner, path);
    if (kind !== undefined && Object.hasOwn(value, key)) return (path.push(key), kind);
  }
  return undefined;
}

/**
 * True for an object without a class, symbols or `toJSON`. Recognized by shape: each realm has its own
 * `Object.prototype`.
 */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  for (const key of Object.getOwnPropertySymbols(value)) if (value.propertyIsEnumerable(key)) return false;
  return typeof (value as { toJSON?: unknown }).toJSON !== "function";
}

function instanceName(value: object): string {
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || !/^[A-Z]\w{0,39}$/.test(name)) return "an instance of a class";
  return name === "Object" ? "an object with toJSON or symbols" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
