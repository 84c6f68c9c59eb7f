import { LongshoreError } from "@longshore/core";
import { type NewJob, backendFailure } from "@longshore/core/adapter";
import { failing } from "./forms.ts";
import type { Port, Rows, Statement } from "./port.ts";
import { FORMAT, MAKE_TABLES } from "./tables.ts";

const READ_FORMAT: Statement = { sql: "SELECT value FROM longshore_meta WHERE key = 'format'", args: [] };

const LACKING =
  "The database lacks tables or indexes of @longshore/d1: call `migrate()`, or apply its `migration` again.";

/** Tables from before keys or limits lack an `index`: the user's own batch must learn of it, too. */
const raiseTo = (version: number, index = "waiting"): Statement => ({
  sql: `UPDATE longshore_meta SET value = ${version} WHERE key = 'format' AND value < ${version} AND ${failing(`NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'longshore_${index}')`, LACKING)} IS NOT NULL`,
  args: [],
});
/** Older code would begin jobs too late, or claim from a queue that pauses. */
export const RAISE_FORMAT: Statement = raiseTo(2);
/** It would free no key, no child, and keep no limit. */
const RAISE_FOR_KEYS = raiseTo(3, "keys");
const RAISE_FOR_FAMILIES = raiseTo(4);
const RAISE_FOR_LIMITS = raiseTo(5, "lanes");

/** What these jobs need of the version, in their own batch. */
export function formatOf(jobs: readonly NewJob[]): readonly Statement[] {
  if (jobs.some(({ limits }) => limits !== undefined)) return [RAISE_FOR_LIMITS];
  if (jobs.some(({ after }) => after !== undefined)) return [RAISE_FOR_FAMILIES];
  if (jobs.some(({ unique }) => unique !== undefined)) return [RAISE_FOR_KEYS];
  return jobs.some(({ startWithinMs }) => startWithinMs !== undefined) ? [RAISE_FORMAT] : [];
}

/** Fails with `malformed JSON` if the tables are of a newer version, and with it the whole batch. */
const GUARD: Statement = {
  sql: `SELECT json(iif(value > ${FORMAT}, 'newer', '1')) AS known FROM longshore_meta WHERE key = 'format'`,
  args: [],
};

export async function migrate<P>(port: Port<P>): Promise<void> {
  const tables = MAKE_TABLES.map((sql): Statement => ({ sql, args: [] }));
  const rows = await port.write([...tables, READ_FORMAT]).catch((error: unknown): never => {
    throw backendFailure("migrate", error);
  });
  refuseNewer(rows.at(-1));
}

/**
 * Puts the guard before the statements of each batch until one has succeeded, which costs no round trip. If one fails,
 * looks whether that was for the lack of tables, or for newer ones.
 */
export function guarded<P>(port: Port<P>): Port<P> {
  let known = false;
  const through = (batch: Port<P>["read"]) => async (statements: readonly Statement[]) => {
    try {
      if (known) return await batch(statements);
      const [, ...rows] = await batch([GUARD, ...statements]);
      known = true;
      return rows;
    } catch (error) {
      if (/no such (table|index): longshore|lacks tables/i.test(String(error)))
        throw new LongshoreError("invalid_option", LACKING, { cause: error });
      if (!known) refuseNewer((await port.read([READ_FORMAT]).catch(() => []))[0]);
      throw error;
    }
  };
  return { read: through(port.read), write: through(port.write), prepare: port.prepare };
}

function refuseNewer(rows: Rows | undefined): void {
  const [found] = (rows ?? []) as readonly { value: number }[]; // the column of READ_FORMAT
  if (found === undefined || found.value <= FORMAT) return;
  const message = `The tables of @longshore/d1 have format ${found.value}; this version knows ${FORMAT}. Use a newer one.`;
  throw new LongshoreError("invalid_option", message);
}
