type Patience = {
  readonly dueAt: number;
  /** In how many ms its first attempt must begin, and by when that is. */
  readonly startWithinMs?: number | undefined;
  readonly beginBy?: number | undefined;
};

/** The time within which its first attempt must begin counts from now, or from when it is due. */
export function withPatience<F extends Patience>(facts: F, now: number): F {
  const { startWithinMs, dueAt } = facts;
  return startWithinMs === undefined ? facts : { ...facts, beginBy: Math.max(dueAt, now) + startWithinMs };
}

export function hasExpired({ attempt, beginBy }: Patience & { readonly attempt: number }, now: number): boolean {
  return attempt === 0 && beginBy !== undefined && now > beginBy;
}
