import type { Row, State, StoreVerb } from "@longshore/conformance/tools";
import type { Limits, NewJob } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An enqueue of other limits. */
function limiting(name: string, change: (limits: Limits, job: NewJob) => Limits): Saboteur {
  return sabotage(name, "enqueue", ({ input: [jobs], correct }) =>
    correct(undefined, [jobs.map((job) => (job.limits ? { ...job, limits: change(job.limits, job) } : job))]),
  );
}

/** A verb that sees the rows with rates otherwise. */
function seeing(name: string, verb: StoreVerb, change: (row: Row, now: number) => Row): Saboteur {
  return sabotage(name, verb, ({ state, now, correct }) =>
    correct(mapRows(state, (row) => (row.limits?.rate ? change(row, now) : row))),
  );
}

const withRate = (limits: Limits, parts: Partial<NonNullable<Limits["rate"]>>): Limits =>
  limits.rate ? { ...limits, rate: { ...limits.rate, ...parts } } : limits;
const withoutRate = (row: Row): Row => ({ ...row, limits: { ...row.limits, rate: undefined } });
const forgetful = (state: State): State => ({ ...state, tats: new Map() });

export const throttleSaboteurs: readonly Saboteur[] = [
  limiting("ignores rates", (limits) => ({ ...limits, rate: undefined })),
  limiting("has a rate for each job", (limits, { id }) => (limits.rate ? { ...limits, key: id } : limits)),
  limiting("has one rate for all keys", (limits) => (limits.rate ? { ...limits, key: "k" } : limits)),
  limiting("knows no bursts", (limits) => withRate(limits, { burst: 1 })),
  limiting("lets one more start in a burst", (limits) => withRate(limits, { burst: (limits.rate?.burst ?? 0) + 1 })),
  limiting("rounds a rate to whole milliseconds", (limits) =>
    withRate(limits, { everyMs: Math.floor(limits.rate?.everyMs ?? 0) }),
  ),
  limiting("forgets the limit of a key that has a rate", (limits) =>
    limits.rate ? { ...limits, running: undefined } : limits,
  ),
  seeing("starts the retry of a job whatever its rate", "settle", withoutRate),
  seeing("starts a delayed job whatever its key's rate", "claim", (row) =>
    row.turn === undefined && !row.leased && row.attempt === 0 ? withoutRate(row) : row,
  ),
  seeing("runs a job at once whatever its rate", "runNow", withoutRate),
  seeing("lets the next job start at once when one is cancelled", "cancel", withoutRate),
  seeing("replays a job whatever its rate", "replay", withoutRate),
  seeing("makes the worker of a job whose worker vanished wait", "claim", (row, now) =>
    row.leased && row.dueAt <= now ? { ...row, leased: false } : row,
  ),
  seeing("tells a worker to come before a rate lets it", "dueInMs", (row, now) =>
    row.turn === "ready" ? { ...row, dueAt: now } : row,
  ),
  sabotage("forgets when the last job of a key started", "claim", ({ state, correct }) => correct(forgetful(state))),
  sabotage("counts a job against its rate when it is enqueued", "enqueue", ({ state, input: [jobs], now, correct }) => {
    const tats = new Map(state.tats);
    for (const { limits } of jobs) if (limits?.rate) tats.set(limits.key ?? "", now + limits.rate.everyMs);
    return correct({ ...state, tats });
  }),
];
