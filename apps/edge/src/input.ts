import { HTTPException } from "hono/http-exception";
import type { z } from "zod";

/** What a schema makes of a request's input; 400 with what does not fit, without quoting it. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 5).map(({ code, path, message }) => {
    // The library names the keys, and a key may be as secret as a value.
    const what = code === "unrecognized_keys" ? "has keys that mean nothing here" : message;
    return `${path.join(".")}: ${what}`.slice(0, 200);
  });
  throw new HTTPException(400, { message: issues.join("; ") });
}

/** A URL's query as a schema can check it: what is given twice is no text and is refused. */
export function queryOf(url: string): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  // Not by the router's own parser, which takes the square of the time for a text of ampersands.
  for (const [key, value] of new URL(url).searchParams) query.set(key, query.has(key) ? [] : value);
  return Object.fromEntries(query);
}
