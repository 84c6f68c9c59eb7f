import type { Limits, NewJob, Rate } from "@longshore/core/adapter";
import * as fc from "fast-check";
import { DAY, MINUTE, SECOND, newJob } from "../jobs.ts";
import type { State } from "../model/state.ts";
import {
  type StoreContext,
  PLAIN,
  partitionOf,
  DELAYS,
  QUEUE,
  ID,
  NUMBER,
  usually,
  often,
  at,
  stepped,
} from "./store-context.ts";

/** A job of these ids, or of one that is given, with parts that are given. */
export const job: fc.Arbitrary<(context: StoreContext, id?: string, parts?: Partial<NewJob>) => NewJob> = fc
  .record({
    id: ID,
    queue: QUEUE,
    name: fc.constantFrom("work", "work", "other"),
    n: NUMBER,
    strange: fc.boolean(),
    tagged: fc.boolean(),
    priority: fc.constantFrom(5, 5, 5, 0, 9),
    delayMs: DELAYS,
    relative: usually,
    past: often(3),
    keepMs: fc.constantFrom(DAY, 20 * SECOND, 0),
    unique: fc.option(
      fc.record({
        on: fc.constantFrom("keep", "replace", "debounce"),
        forMs: fc.constantFrom(undefined, undefined, 10 * SECOND, MINUTE),
        maxWaitMs: fc.constantFrom(undefined, MINUTE),
      }),
      { freq: 2 },
    ),
    limits: fc.option(
      fc.record({
        running: fc.constantFrom(1, 1, 2, undefined),
        keyed: usually,
        ordered: often(3),
        queue: fc.option(fc.constantFrom(1, 3)),
        rate: fc.option(fc.record({ everyMs: fc.constantFrom(2_000, 400.5), burst: fc.constantFrom(1, 3) }), {
          freq: 2,
        }),
      }),
      { freq: 2 },
    ),
    startWithinMs: fc.option(fc.constantFrom(SECOND, 30 * SECOND), { freq: 2 }),
    maxDepth: fc.option(fc.constantFrom(2, 4), { freq: 2 }),
    after: fc.option(
      fc.record({
        parents: fc.array(fc.record({ n: fc.nat(7), standing: often(9) }), { minLength: 1, maxLength: 3 }),
        onFailed: fc.constantFrom("dead", "dead", "run"),
      }),
      { freq: 2 },
    ),
  })
  .map(
    (choice) =>
      (
        { state, now, stepMs, claimsAll, keyed, limited, linked, expiring, throttled, bounded, inOrder },
        id = choice.id,
        parts = {},
      ) => {
        const { queue, name, n, strange, tagged, priority, delayMs, relative, past, keepMs } = choice;
        const inMs = stepped(delayMs, stepMs);
        return newJob(id, {
          partition: partitionOf(id),
          queue,
          name,
          payload: JSON.stringify(strange ? { n, text: "e\u0301 👩‍👩‍👧 \u2028" } : { n }),
          headers: tagged ? { v: "1", "m.user": `${n} ü` } : { v: "1" },
          priority,
          due: relative ? { inMs } : { at: now + inMs - (past ? MINUTE : 0) },
          keepMs,
          // One key for each partition, so that they collide.
          ...(keyed && choice.unique && { unique: { key: partitionOf(id), ...choice.unique } }),
          ...(limited &&
            choice.limits && {
              limits: limitsOf(choice.limits, queue, partitionOf(id), claimsAll, throttled, inOrder),
            }),
          ...(linked && choice.after && afterOf(id, choice.after, state)),
          ...(expiring && choice.startWithinMs !== null && { startWithinMs: choice.startWithinMs }),
          // Shards have a number each.
          ...(bounded && !claimsAll && choice.maxDepth !== null && { maxDepth: choice.maxDepth }),
          ...parts,
        });
      },
  );

type DrawnLimits = {
  readonly running: number | undefined;
  readonly keyed: boolean;
  readonly ordered: boolean;
  readonly queue: number | null;
  readonly rate: Rate | null;
};

/** One key for each partition and queue. Shards have a queue's limit each, so that they are not compared with one. */
function limitsOf(
  { running, keyed, ordered, queue: places, rate }: DrawnLimits,
  queue: string,
  partition: string,
  sharded: boolean,
  throttled: boolean,
  inOrder: boolean,
): Limits {
  // By its key: jobs of a key have one or none.
  if (inOrder && keyed && ordered)
    return {
      key: `${queue} ${partition} in order`,
      running: 1,
      ordered: true,
      ...(places !== null && !sharded && { queue: places }),
    };
  return {
    ...(keyed && { key: `${queue} ${partition}`, ...(running !== undefined && { running }) }),
    ...(keyed && throttled && rate !== null && { rate: { ...rate } }),
    ...(places !== null && !sharded && { queue: places }),
  };
}

type Drawn = {
  readonly parents: readonly { readonly n: number; readonly standing: boolean }[];
  readonly onFailed: string;
};

/** Parents of the same partition, most of which stand. A job is no parent of one that comes before it, so there is no cycle. */
function afterOf(id: string, { parents, onFailed }: Drawn, state: State): Pick<NewJob, "after" | "unique"> {
  const near = PLAIN.filter((one) => partitionOf(one) === partitionOf(id) && one < id);
  const standing = near.filter((one) => state.rows.has(one));
  const jobs = parents.flatMap((drawn) => {
    const among = drawn.standing ? standing : near;
    return among.length === 0 ? [] : [{ id: at(among, drawn.n), partition: partitionOf(id) }];
  });
  if (jobs.length === 0) return {};
  // The core lets no job have both.
  return { unique: undefined, after: { jobs, onFailed: onFailed as "dead" | "run" } };
}

/** A call with a job that comes after others is one operation only within a partition. */
export function family(jobs: readonly NewJob[]): readonly NewJob[] {
  const child = jobs.find(({ after }) => after !== undefined);
  return child === undefined ? jobs : jobs.filter(({ partition }) => partition === child.partition);
}
