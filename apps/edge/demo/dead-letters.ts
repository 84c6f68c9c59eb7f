/** A dead letter, as `GET /dead` shows it. */
export type DeadLetter = {
  readonly id: string;
  readonly partition?: string;
  readonly metadata: { readonly delivery: string };
  readonly failures: readonly { readonly message: string }[];
};

/** What letters died of, as `GET /dead/errors` groups them. */
export type DeadError = { readonly message: string; readonly count: number };

/** What the operator is shown of dead letters, against itself and against the answers that the subscriber gave. */
export function letterProblems(
  letters: readonly DeadLetter[],
  errors: readonly DeadError[],
  answers: ReadonlyMap<string, readonly number[]>,
): string[] {
  const sum = errors.reduce((total, { count }) => total + count, 0);
  const denied = letters.flatMap(({ id, metadata, failures }) => {
    // A letter that says anything else had no answer, or it was lost on its way: no ledger can tell.
    const status = /^local answered (\d+)\.$/.exec(failures.at(-1)?.message ?? "")?.[1];
    const given = answers.get(metadata.delivery) ?? [];
    return status === undefined || given.includes(Number(status)) ? [] : [`${id} (${status})`];
  });
  return [
    ...(sum === letters.length ? [] : [`/dead/errors counts ${sum} letters, and /dead lists ${letters.length}`]),
    ...(denied.length === 0 ? [] : [`dead of answers that the subscriber never gave: ${denied.join(", ")}`]),
  ];
}
