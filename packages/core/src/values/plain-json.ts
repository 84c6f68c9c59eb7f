import type { Issue } from "./schema.ts";

/**
 * The first thing in a value that JSON would change or drop, by its path and kind: NaN, `undefined` in a list, a Date;
 * undefined where there is none. A property that is `undefined` is absent, as in JSON, and so is what is not enumerable; a
 * getter's value is taken. Who reads the text gets what was written, or whoever writes it hears of it: but for names on a
 * list, as `match` of a text leaves them, which are dropped, because to look for them would cost as much as to write it.
 */
export function unplain(value: unknown): Issue | undefined {
  const path: PropertyKey[] = [];
  try {
    const message = strange(value, path);
    return message === undefined ? undefined : { message, path: path.reverse() };
  } catch {
    // A getter that throws, a revoked Proxy, or no stack left.
    return { message: "a cycle, what is nested too deep, or what cannot be read" };
  }
}

function strange(value: unknown, path: PropertyKey[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `${value}`;
    case "object":
      return value === null ? undefined : strangeInside(value, path);
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}

/** The path is written on the way back, so that nobody pays for it whose value is plain. */
function strangeInside(value: object, path: PropertyKey[]): string | undefined {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const kind = strange(value[i], path);
      if (kind !== undefined) return (path.push(i), kind);
    }
    return undefined;
  }
  if (!isPlain(value)) return instanceName(value);
  // A list of the keys would cost more than the walk. What every object of a realm inherits is not written.
  for (const key in value) {
    const inner: unknown = value[key as keyof object];
    const kind = inner === undefined ? undefined : strange(inner, path);
    if (kind !== undefined && Object.hasOwn(value, key)) return (path.push(key), kind);
  }
  return undefined;
}

/** By shape, because each realm has an `Object.prototype` of its own; and without what JSON would drop. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === null || Object.getPrototypeOf(prototype) === null;
  const drops = Object.getOwnPropertySymbols(value).some((key) => value.propertyIsEnumerable(key));
  return plain && !drops && typeof (value as { toJSON?: unknown }).toJSON !== "function";
}

function instanceName(value: object): string {
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || !/^[A-Z]\w{0,39}$/.test(name)) return "an instance of a class";
  return name === "Object" ? "an object with toJSON or symbols" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
