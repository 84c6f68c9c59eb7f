import type { Row, StoreVerb } from "@longshore/conformance/tools";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

const NEVER = { beginBy: Infinity };

/** A verb that sees the rows otherwise. */
function seeing(name: string, verb: StoreVerb, change: (row: Row) => Partial<Row>): Saboteur {
  return sabotage(name, verb, ({ state, correct }) => correct(mapRows(state, (row) => ({ ...row, ...change(row) }))));
}

/** A verb after which rows are changed. `before`: the row before the call. */
function leaving(
  name: string,
  verb: StoreVerb,
  change: (row: Row, before: Row | undefined, now: number) => Partial<Row>,
): Saboteur {
  return sabotage(name, verb, ({ state, now, correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) => ({ ...row, ...change(row, state.rows.get(row.data.id), now) })),
    };
  });
}

export const expirySaboteurs: readonly Saboteur[] = [
  seeing("begins jobs however late", "claim", () => NEVER),
  seeing("lets retries expire", "claim", ({ beginBy }) => (beginBy < Infinity ? { attempt: 0 } : {})),
  seeing("ends jobs in the moment in which they must begin", "claim", ({ beginBy }) => ({ beginBy: beginBy - 1 })),
  sabotage("ends late jobs without a word", "claim", ({ correct }) => {
    const { state, answer } = correct();
    return { state, answer: answer.filter(({ expired }) => !expired) };
  }),
  sabotage("tells the payload of a job that nobody may run", "claim", ({ state, correct }) => {
    const step = correct();
    const payloadOf = (id: string): string => state.rows.get(id)?.data.payload ?? "";
    return { ...step, answer: step.answer.map((job) => (job.expired ? { ...job, payload: payloadOf(job.id) } : job)) };
  }),
  leaving("tells of late jobs and keeps them", "claim", (row, before) =>
    row.ended === "cancelled" && before !== undefined && before.ended === undefined ? before : {},
  ),
  leaving("buries late jobs", "claim", (row, before) =>
    row.ended === "cancelled" && before !== undefined && before.ended === undefined ? { ended: "dead" } : {},
  ),
  leaving("ends late jobs without a reason", "claim", (row, before) =>
    row.ended === "cancelled" && before !== undefined && before.ended === undefined ? { failures: [] } : {},
  ),
  leaving("counts the time to begin from the enqueue", "enqueue", (row, before, now) =>
    before === undefined && row.startWithinMs !== undefined ? { beginBy: now + row.startWithinMs } : {},
  ),
  leaving("counts the time to begin anew when a job is given back", "settle", (row, before, now) =>
    before?.leased && !row.leased && row.startWithinMs !== undefined ? { beginBy: now + 2 * row.startWithinMs } : {},
  ),
  leaving("lets a child's time begin before its parent has ended", "settle", (row, before) =>
    before?.waits && !row.waits && row.startWithinMs !== undefined
      ? { beginBy: before.enqueuedAt + row.startWithinMs }
      : {},
  ),
  leaving("replays a job whose time is over", "replay", (_row, before) =>
    before?.ended === undefined ? {} : { beginBy: before.beginBy },
  ),
  leaving("runs a job at once whose time goes on from its due time", "runNow", (_row, before) =>
    before === undefined
      ? {}
      : { beginBy: Math.min(before.beginBy, before.enqueuedAt + (before.startWithinMs ?? Infinity)) },
  ),
  leaving("runs a job at once and lets it begin as late as before", "runNow", (_row, before) =>
    before === undefined ? {} : { beginBy: before.beginBy },
  ),
  leaving("changes when a job is due, and not when it must have begun", "update", (_row, before) =>
    before === undefined ? {} : { beginBy: before.beginBy },
  ),
  leaving("counts the time to begin anew with any change", "update", ({ beginBy }) => ({ beginBy: beginBy + 1 })),
  sabotage("takes as many jobs as it is asked for, and the late ones besides", "claim", ({ input, correct }) => {
    const [{ queues, leaseMs }] = input;
    const first = correct();
    const late = first.answer.filter(({ expired }) => expired).length;
    if (late === 0) return first;
    const rest = correct(first.state, [{ queues: queues.map((one) => ({ ...one, limit: late })), leaseMs }]);
    return { ...rest, answer: [...first.answer, ...rest.answer] };
  }),
];
