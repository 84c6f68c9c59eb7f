import type { Row } from "@longshore/conformance/tools";
import type { ClaimedJob } from "@longshore/core/adapter";
import {
  type Saboteur,
  type Sabotaged,
  type Step,
  mapRow,
  mapRows,
  replaceVerb,
  saboteur,
  sabotage,
} from "./saboteur.ts";

/** A claim that takes what is due in another order. */
function claimBy(call: Sabotaged<"claim">, compare: (a: Row, b: Row) => number): Step<"claim"> {
  const [{ queues, ...terms }] = call.input;
  let { state } = call;
  const answer: ClaimedJob[] = [];
  for (const { name, limit } of queues) {
    if (state.paused.has(name)) continue;
    const due = [...state.rows.values()].filter(
      (row) => row.data.queue === name && row.ended === undefined && row.dueAt <= call.now,
    );
    for (const row of due.sort(compare).slice(0, limit)) {
      const alone = { ...state, rows: new Map([[row.data.id, row]]) };
      const step = call.correct(alone, [{ queues: [{ name, limit: 1 }], ...terms }]);
      answer.push(...step.answer);
      state = { ...step.state, rows: new Map([...state.rows, ...step.state.rows]) };
    }
  }
  return { state, answer };
}

/** A claim whose answers are changed, the store's own state being right. */
function answering(name: string, change: (job: ClaimedJob, before: Row) => object): Saboteur {
  return sabotage(name, "claim", ({ state, correct }) => {
    const step = correct();
    const answer = step.answer.map((job) => {
      const before = state.rows.get(job.id);
      return before === undefined ? job : { ...job, ...change(job, before) };
    });
    return { ...step, answer };
  });
}

/** A claim that sees another state than the true one, but whose effects are on the true one. */
function seeing(name: string, see: (row: Row, now: number) => Row | undefined): Saboteur {
  return sabotage(name, "claim", ({ state, now, correct }) => {
    const step = correct(mapRows(state, (row) => see(row, now)));
    const taken = new Set(step.answer.map(({ id }) => id));
    const rows = new Map([...state.rows].map(([id, row]) => [id, (taken.has(id) && step.state.rows.get(id)) || row]));
    return { ...step, state: { ...step.state, rows } };
  });
}

export const claimSaboteurs: readonly Saboteur[] = [
  seeing("claims a second before the time", (row, now) =>
    row.leased ? row : { ...row, dueAt: row.dueAt <= now + 1_000 ? Math.min(row.dueAt, now) : row.dueAt },
  ),
  seeing("claims what was delayed a moment too late", (row, now) =>
    !row.leased && row.dueAt === now && now > row.enqueuedAt ? { ...row, dueAt: now + 1 } : row,
  ),
  seeing("takes over a lease a moment too late", (row, now) =>
    row.leased && row.dueAt === now ? { ...row, dueAt: now + 1 } : row,
  ),
  seeing("claims what is still leased", (row, now) => ({ ...row, dueAt: row.leased ? now : row.dueAt })),
  seeing("never takes over a lease that ended", (row) => (row.leased ? undefined : row)),
  seeing("takes over only the first lease that ended", (row) => (row.leased && row.attempt > 1 ? undefined : row)),
  seeing("does not claim what was retried", (row) => (row.failures.length > 0 ? undefined : row)),
  seeing("takes over a lease that a renewal extended", (row) =>
    row.leased && row.dueAt % 30_000 !== 0 ? { ...row, dueAt: 0 } : row,
  ),
  sabotage("ignores priorities", "claim", (call) =>
    claimBy(call, (a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence),
  ),
  sabotage("takes higher priority numbers first", "claim", (call) =>
    claimBy(call, (a, b) => b.data.priority - a.data.priority || a.dueAt - b.dueAt || a.sequence - b.sequence),
  ),
  sabotage("claims by enqueue and not by due time", "claim", (call) =>
    claimBy(call, (a, b) => a.data.priority - b.data.priority || a.sequence - b.sequence),
  ),
  sabotage("claims the newest first", "claim", (call) =>
    claimBy(call, (a, b) => a.data.priority - b.data.priority || a.dueAt - b.dueAt || b.sequence - a.sequence),
  ),
  sabotage("takes over ended leases before all else", "claim", (call) =>
    claimBy(
      call,
      (a, b) =>
        Number(b.leased) - Number(a.leased) ||
        a.data.priority - b.data.priority ||
        a.dueAt - b.dueAt ||
        a.sequence - b.sequence,
    ),
  ),
  sabotage("puts a retry at the end of the line", "claim", (call) =>
    claimBy(
      call,
      (a, b) =>
        a.data.priority - b.data.priority || a.attempt - b.attempt || a.dueAt - b.dueAt || a.sequence - b.sequence,
    ),
  ),
  sabotage("claims one more than the limit", "claim", ({ input: [{ queues, leaseMs }], correct }) =>
    correct(undefined, [{ queues: queues.map(({ name, limit }) => ({ name, limit: limit + 1 })), leaseMs }]),
  ),
  sabotage("claims from the first queue only", "claim", ({ input: [{ queues, leaseMs }], correct }) =>
    correct(undefined, [{ queues: queues.slice(0, 1), leaseMs }]),
  ),
  sabotage("gives the first queue's limit to all", "claim", ({ input: [{ queues, leaseMs }], correct }) =>
    correct(undefined, [{ queues: queues.map(({ name }) => ({ name, limit: queues[0]?.limit ?? 0 })), leaseMs }]),
  ),
  sabotage("leases for its own time, whatever was asked", "claim", ({ input: [{ queues }], correct }) =>
    correct(undefined, [{ queues, leaseMs: 30_000 }]),
  ),
  sabotage("claims from paused queues", "claim", ({ state, correct }) => {
    const step = correct({ ...state, paused: new Map() });
    return { ...step, state: { ...step.state, paused: state.paused } };
  }),
  saboteur(
    "counts an attempt when it fails and not when it is claimed",
    replaceVerb(
      "claim",
      ({ correct }) => {
        const step = correct();
        const taken = new Set(step.answer.map(({ id }) => id));
        const uncounted = (row: Row): Row => (taken.has(row.data.id) ? { ...row, attempt: row.attempt - 1 } : row);
        return { ...step, state: mapRows(step.state, uncounted) };
      },
      replaceVerb("settle", ({ state, input: [settlements], correct }) => {
        const ids = new Set(settlements.map(({ id }) => id));
        return correct(
          mapRows(state, (row) => (row.leased && ids.has(row.data.id) ? { ...row, attempt: row.attempt + 1 } : row)),
        );
      }),
    ),
  ),
  sabotage("numbers the tokens of each job by themselves", "claim", ({ state, correct }) => {
    const step = correct();
    let after = step.state;
    const answer = step.answer.map((job) => {
      const token = (state.rows.get(job.id)?.token ?? 0) + 1;
      after = mapRow(after, job.id, (row) => ({ ...row, token }));
      return { ...job, token };
    });
    return { state: after, answer };
  }),
  sabotage("begins its tokens anew when it is empty", "claim", ({ state, correct }) => {
    const used = [...state.rows.values()].some(({ token }) => token > 0);
    return correct(used ? state : { ...state, token: 0 });
  }),
  sabotage("gives the same token to every job of a store", "claim", ({ correct }) => {
    const step = correct();
    const answer = step.answer.map((job) => ({ ...job, token: 1 }));
    return { answer, state: mapRows(step.state, (row) => (row.token === 0 ? row : { ...row, token: 1 })) };
  }),
  answering("never says that a job stalled", () => ({ stalled: false })),
  answering("says that every second attempt stalled", ({ attempt }) => ({ stalled: attempt > 1 })),
  answering("does not know how old a job is", () => ({ ageMs: 0 })),
  answering("does not know how long a job waited", () => ({ waitedMs: 0 })),
  answering("counts the wait from the enqueue", ({ ageMs }) => ({ waitedMs: ageMs })),
  answering("answers numbers as text, as its driver gives them", ({ priority }) => ({ priority: String(priority) })),
  answering("answers attempts as fractions", ({ attempt }) => ({ attempt: attempt + 0.5 })),
  answering("loses the partition", () => ({ partition: undefined })),
  answering("normalises the payload's characters", ({ payload }) => ({ payload: payload.normalize("NFC") })),
  answering("writes the payload anew", ({ payload }) => ({ payload: reserialised(payload) })),
  answering("hands out the payload of the first attempt with its changes", ({ payload, attempt }) => ({
    payload: attempt === 1 ? payload : `${payload} `,
  })),
  answering("loses the headers on a retry", ({ headers, attempt }) => ({
    headers: attempt === 1 ? headers : { v: "1" },
  })),
  answering("loses the names in its headers that objects have, too", ({ headers }) => ({
    headers: Object.fromEntries(Object.entries(headers).filter(([key]) => !(key in {}))),
  })),
  answering("loses the headers' values beyond ASCII", ({ headers }) => ({
    headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, value.replace(/[^ -~]/g, "?")])),
  })),
  answering("forgets the job's name when it takes over", ({ name, stalled }) => ({ name: stalled ? "unknown" : name })),
  sabotage("fills up a claim from other queues", "claim", ({ input: [{ queues, leaseMs }], correct }) => {
    const step = correct();
    if (step.answer.length >= queues.reduce((sum, { limit }) => sum + limit, 0)) return step;
    const more = correct(step.state, [{ queues: [{ name: "other", limit: 1 }], leaseMs }]);
    return { state: more.state, answer: [...step.answer, ...more.answer] };
  }),
  sabotage("knows no queue in which nothing ever was", "claim", ({ state, input: [{ queues }], correct }) => {
    const known = new Set([...state.rows.values()].map(({ data }) => data.queue));
    if (known.size > 0 && queues.every(({ name }) => !known.has(name))) throw new Error("no such queue");
    return correct();
  }),
  sabotage("says of every job that it is of the default queue", "claim", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((job) => ({ ...job, queue: "default" })) };
  }),
  sabotage("lets no priority age", "claim", ({ state, input: [{ priorityAgeMs: _age, ...request }], correct }) =>
    correct(state, [request]),
  ),
  sabotage("takes a level of priority for worth more than its age", "claim", ({ state, input: [request], correct }) =>
    correct(state, [request.priorityAgeMs ? { ...request, priorityAgeMs: request.priorityAgeMs + 1 } : request]),
  ),
  sabotage("lets priorities age without being asked", "claim", ({ state, input: [request], correct }) =>
    correct(state, [{ priorityAgeMs: 60_000, ...request }]),
  ),
];

function reserialised(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 1);
  } catch {
    return payload;
  }
}
