import { inForm } from "./forms.ts";
import type { Port, Rows, Statement } from "./port.ts";

/** Statements of a batch that belong together, and what reads the rows of each. */
export type Sent = { readonly statements: readonly Statement[]; read(rows: readonly Rows[]): void };

/** All in one batch. */
export async function send<P>(port: Port<P>, steps: readonly Sent[]): Promise<void> {
  const rows = await port.write(steps.flatMap(({ statements }) => statements));
  let from = 0;
  for (const { statements, read } of steps) read(rows.slice(from, (from += statements.length)));
}

/** Of whose rows nothing is read. */
export function alone(statements: readonly Statement[]): Sent {
  return { statements, read: () => {} };
}

const MOST_STEPS = 50;

/** More steps than this are sent as several batches: D1 limits the statements of a request. */
export function batchesOf<T>(steps: readonly T[]): (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let from = 0; from < steps.length; from += MOST_STEPS) batches.push(steps.slice(from, from + MOST_STEPS));
  return batches;
}

/** Steps, in batches. Where one meets jobs with relatives or limits, what it was about follows one by one, in full. */
export async function sendInForm<P, T>(
  port: Port<P>,
  steps: readonly (readonly T[])[],
  sent: (step: readonly T[], full: boolean) => Sent,
): Promise<void> {
  for (const some of batchesOf(steps))
    await inForm(false, async (full) => {
      const single = full ? some.flatMap((step) => step.map((one) => [one])) : some;
      for (const few of batchesOf(single))
        await send(
          port,
          few.map((step) => sent(step, full)),
        );
    });
}
