import { HTTPException } from "hono/http-exception";
import type { z } from "zod";

/** Validates a request's input; 400 names what does not fit, without quoting it. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 5).map(({ code, path, message }) => {
    // The library's message quotes the keys, and a key may be as secret as a value.
    const what = code === "unrecognized_keys" ? "has keys that mean nothing here" : message;
    return `${path.join(".")}: ${what}`.slice(0, 200);
  });
  throw new HTTPException(400, { message: issues.join("; ") });
}

/** A URL's query for a schema to check: a parameter that is given twice becomes a list, which the schema refuses. */
export function queryOf(url: string): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  // The router's own parser takes quadratic time for a string of ampersands.
  for (const [key, value] of new URL(url).searchParams) query.set(key, query.has(key) ? [] : value);
  return Object.fromEntries(query);
}
