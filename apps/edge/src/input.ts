import { HTTPException } from "hono/http-exception";
import type { z } from "zod";

/** What a schema makes of a request's input; 400 with what does not fit, without quoting it. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issues = read.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join(".")}: ${message}`.slice(0, 200));
  throw new HTTPException(400, { message: issues.join("; ") });
}

/** A query as a schema can check it: what is given twice is no text and is refused. */
export function queryOf(queries: Readonly<Record<string, string[]>>): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(queries).map(([key, all]) => [key, all.length === 1 ? all[0] : all]));
}
