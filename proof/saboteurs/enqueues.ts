import { type Row, hasExpired } from "@longshore/conformance/tools";
import type { NewJob } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";

/** An enqueue that sees other jobs than it was given. */
function given(name: string, change: (job: NewJob, now: number) => NewJob): Saboteur {
  return sabotage(name, "enqueue", ({ input: [jobs], now, correct }) =>
    correct(undefined, [jobs.map((job) => change(job, now))]),
  );
}

/** An enqueue for which some rows do not count. */
function blindTo(name: string, unseen: (row: Row, job: NewJob, now: number) => boolean): Saboteur {
  return sabotage(name, "enqueue", ({ state, input: [jobs], now, correct }) => {
    const asked = new Map(jobs.map((job) => [job.id, job]));
    return correct(
      mapRows(state, (row) => {
        const job = asked.get(row.data.id);
        return job !== undefined && unseen(row, job, now) ? undefined : row;
      }),
    );
  });
}

export const enqueueSaboteurs: readonly Saboteur[] = [
  blindTo("puts a new job in the place of one that has ended", (row) => row.ended !== undefined),
  blindTo("puts a new job in the place of a dead one", (row) => row.ended === "dead"),
  blindTo("puts a new job in the place of one that is delayed", (row, _job, now) => !row.leased && row.dueAt > now),
  blindTo("keeps ids unique by queue only", (row, job) => row.data.queue !== job.queue),
  blindTo("keeps the newest of two jobs with one id", (row) => !row.leased && row.ended === undefined),
  sabotage("answers that a duplicate was created, without a word", "enqueue", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map(() => ({ status: "created" }) as const) };
  }),
  sabotage("answers that every duplicate waits", "enqueue", ({ correct }) => {
    const step = correct();
    const answer = step.answer.map((one) =>
      one.status === "duplicate" ? ({ status: "duplicate", state: "enqueued" } as const) : one,
    );
    return { ...step, answer };
  }),
  sabotage(
    "lets each job of a batch with one id take the place of a row past its time",
    "enqueue",
    ({ state, input: [jobs], now, correct }) => {
      const past = new Set([...state.rows].filter(([, row]) => hasExpired(row, now)).map(([id]) => id));
      const step = correct();
      return {
        ...step,
        answer: step.answer.map((one, i) => (past.has(jobs[i]?.id ?? "") ? { status: "created" } : one)),
      };
    },
  ),
  sabotage("says nothing of duplicates", "enqueue", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.filter(({ status }) => status === "created") };
  }),
  sabotage("answers enqueues in an order of its own", "enqueue", ({ correct }) => {
    const step = correct();
    return { ...step, answer: [...step.answer].sort((a, b) => (a.status < b.status ? -1 : 1)) };
  }),
  sabotage("answers as a broker does", "enqueue", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map(() => ({ status: "sent" }) as const) };
  }),
  sabotage("refuses a batch in which one job is a duplicate", "enqueue", ({ state, correct }) => {
    const step = correct();
    return step.answer.some(({ status }) => status === "duplicate") ? { ...step, state } : step;
  }),
  sabotage("changes the job that stands when it is enqueued again", "enqueue", ({ state, input: [jobs], correct }) => {
    const step = correct();
    const again = new Map(jobs.map((job) => [job.id, job]));
    const touched = mapRows(step.state, (row) => {
      const job = state.rows.has(row.data.id) ? again.get(row.data.id) : undefined;
      return job === undefined ? row : { ...row, data: { ...row.data, payload: job.payload } };
    });
    return { ...step, state: touched };
  }),
  sabotage("throws at an empty list", "enqueue", ({ input: [jobs], correct }) => {
    if (jobs.length === 0) throw new Error("nothing to insert");
    return correct();
  }),
  sabotage("takes only the first hundred of a batch", "enqueue", ({ input: [jobs], correct }) => {
    const step = correct(undefined, [jobs.slice(0, 100)]);
    return { ...step, answer: jobs.map((_, i) => step.answer[i] ?? { status: "created" }) };
  }),
  sabotage("loses the tenth job of a batch", "enqueue", ({ input: [jobs], correct }) => {
    const step = correct(undefined, [jobs.filter((_, i) => i !== 9)]);
    return { ...step, answer: jobs.map((_, i) => step.answer[i > 9 ? i - 1 : i] ?? { status: "created" }) };
  }),
  given("cuts payloads at 64 000 characters", (job) => ({ ...job, payload: job.payload.slice(0, 64_000) })),
  given("cuts payloads at 64 000 bytes", (job) => ({ ...job, payload: cut(job.payload, 64_000) })),
  given("caps delays at an hour", (job) =>
    "inMs" in job.due ? { ...job, due: { inMs: Math.min(job.due.inMs, 3_600_000) } } : job,
  ),
  given("rounds delays down to whole seconds", (job) =>
    "inMs" in job.due ? { ...job, due: { inMs: Math.floor(job.due.inMs / 1_000) * 1_000 } } : job,
  ),
  given("rounds delays up to whole minutes, unlike its step", (job) =>
    "inMs" in job.due ? { ...job, due: { inMs: Math.ceil(job.due.inMs / 60_000) * 60_000 } } : job,
  ),
  given("ignores instants", (job) => ("at" in job.due ? { ...job, due: { inMs: 0 } } : job)),
  given("counts an instant from a clock that is ten minutes fast", (job) =>
    "at" in job.due ? { ...job, due: { at: job.due.at - 600_000 } } : job,
  ),
  given("makes what is overdue wait a minute", (job, now) =>
    "at" in job.due && job.due.at < now ? { ...job, due: { inMs: 60_000 } } : job,
  ),
  given("ignores how long a job is kept", (job) => ({ ...job, keepMs: 10 * 86_400_000 })),
  given("writes ids in small letters", (job) => ({ ...job, id: job.id.toLowerCase() })),
  given("trims ids", (job) => ({ ...job, id: job.id.replace(/\.$/, "") })),
  given("keeps its rows in an object, where __proto__ is lost", (job) =>
    job.id in {} ? { ...job, id: `${job.id}?` } : job,
  ),
  given("puts all jobs into one queue", (job) => ({ ...job, queue: "default" })),
  given("loses the metadata", (job) => ({ ...job, headers: { v: job.headers["v"] ?? "1" } })),
  given("writes its own format version", (job) => ({ ...job, headers: { ...job.headers, v: "1" } })),
];

function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  return encoded.length <= bytes ? text : new TextDecoder().decode(encoded.subarray(0, bytes));
}
