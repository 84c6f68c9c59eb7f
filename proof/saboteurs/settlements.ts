import { type Row, draftOf, enqueue } from "@longshore/conformance/tools";
import { type EnqueueAnswer, type Settlement, isAccepted } from "@longshore/core/adapter";
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

/** A settle that sees other settlements than it was given. */
function given(
  name: string,
  change: (settlement: Settlement, row: Row | undefined, now: number) => Settlement,
): Saboteur {
  return sabotage(name, "settle", ({ state, input: [settlements], now, correct }) =>
    correct(undefined, [settlements.map((one) => change(one, state.rows.get(one.id), now))]),
  );
}

/** A settle after which the rows that it accepted are changed. */
function after(name: string, change: (row: Row, settlement: Settlement, before: Row) => Row): Saboteur {
  return sabotage(name, "settle", ({ state, input: [settlements], correct }) => {
    const step = correct();
    let changed = step.state;
    settlements.forEach((settlement, i) => {
      const before = state.rows.get(settlement.id);
      if (!isAccepted(step.answer[i]) || before === undefined) return;
      changed = mapRow(changed, settlement.id, (row) => change(row, settlement, before));
    });
    return { ...step, state: changed };
  });
}

/** A renew after which the leases that it held are changed. */
function renewed(name: string, change: (row: Row, before: Row, leaseMs: number) => Row): Saboteur {
  return sabotage(name, "renew", ({ state, input: [leases, leaseMs], correct }) => {
    const step = correct();
    let changed = step.state;
    leases.forEach(({ id }, i) => {
      const before = state.rows.get(id);
      if (step.answer[i] !== "held" || before === undefined) return;
      changed = mapRow(changed, id, (row) => change(row, before, leaseMs));
    });
    return { ...step, state: changed };
  });
}

/** A settle that tells of follow-ups otherwise. */
function following(name: string, change: (next: readonly EnqueueAnswer[]) => readonly EnqueueAnswer[]): Saboteur {
  return sabotage(name, "settle", ({ correct }) => {
    const step = correct();
    const answer = step.answer.map((one) => (typeof one === "object" ? { ...one, next: change(one.next) } : one));
    return { ...step, answer };
  });
}

function takenBy(row: Row | undefined, token: number): number {
  return row?.leased === true ? row.token : token;
}

function alone(call: Sabotaged<"settle">, keep: (settlement: Settlement) => boolean): Step<"settle"> {
  const [settlements] = call.input;
  const step = call.correct(undefined, [settlements.filter(keep)]);
  const answers = [...step.answer];
  return { ...step, answer: settlements.map((one) => (keep(one) ? (answers.shift() ?? "gone") : "accepted")) };
}

export const settleSaboteurs: readonly Saboteur[] = [
  after("a snooze after a failure leaves the job as failed", (row) => ({ ...row, givenBack: false })),
  after("a failure after a snooze leaves the job as delayed", (row, _settlement, before) => ({
    ...row,
    givenBack: row.givenBack || before.givenBack,
  })),
  sabotage("tells the worker of a cancelled job that it lost its lease", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((one) => (one === "cancelled" ? "stale" : one)) };
  }),
  given("settles with any token, as long as somebody holds the job", (one, row) => ({
    ...one,
    token: takenBy(row, one.token),
  })),
  given("completes with any token", (one, row) =>
    one.outcome.type === "complete" ? { ...one, token: takenBy(row, one.token) } : one,
  ),
  given("retries with any token", (one, row) =>
    one.outcome.type === "retry" ? { ...one, token: takenBy(row, one.token) } : one,
  ),
  given("releases with any token", (one, row) =>
    one.outcome.type === "snooze" ? { ...one, token: takenBy(row, one.token) } : one,
  ),
  given("buries with any token", (one, row) =>
    one.outcome.type === "dead" ? { ...one, token: takenBy(row, one.token) } : one,
  ),
  given("settles with a token of the future", (one, row) => ({
    ...one,
    token: one.token > (row?.token ?? 0) ? takenBy(row, one.token) : one.token,
  })),
  given("settles no job whose lease is over", (one, row, now) => ({
    ...one,
    token: row?.leased === true && row.dueAt <= now ? -1 : one.token,
  })),
  saboteur(
    "settles what was settled again, if it has not been claimed since",
    replaceVerb("settle", ({ state, correct }) =>
      correct(
        mapRows(state, (row) =>
          row.settled && row.ended === undefined ? { ...row, settled: false, leased: true } : row,
        ),
      ),
    ),
  ),
  saboteur(
    "lets the same token settle a terminal job anew",
    replaceVerb("settle", ({ state, correct }) =>
      correct(
        mapRows(state, (row) =>
          row.settled && row.ended !== undefined ? { ...row, settled: false, leased: true } : row,
        ),
      ),
    ),
  ),
  sabotage("answers that a repetition is stale", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "repeated" ? "stale" : answer)) };
  }),
  sabotage("answers that what is gone is stale", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "gone" ? "stale" : answer)) };
  }),
  sabotage("says that a stale settlement was accepted, without doing it", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "stale" ? "accepted" : answer)) };
  }),
  sabotage("answers settlements in an order of its own", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: [...step.answer].sort() };
  }),
  following("says that every follow-up was created", (next) => next.map(() => ({ status: "created" }))),
  following("tells of follow-ups in an order of its own", (next) => [...next].reverse()),
  sabotage("says nothing of follow-ups", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (typeof answer === "object" ? answer.status : answer)) };
  }),
  sabotage("settles only the first of a batch and says that it did all", "settle", (call) =>
    alone(call, (one) => one === call.input[0][0]),
  ),
  sabotage(
    "refuses a batch whole where one settlement is stale",
    "settle",
    ({ state, input: [settlements], correct }) => {
      const step = correct();
      if (!step.answer.includes("stale")) return step;
      return { state, answer: settlements.map(() => "stale") };
    },
  ),
  after("keeps no result", (row) => ({ ...row, result: undefined })),
  after("keeps a result without what is beyond ASCII", (row) => ({
    ...row,
    result: row.result?.replace(/[^ -~]/g, ""),
  })),
  after("keeps only the newest failure", (row) => ({ ...row, failures: row.failures.slice(-1) })),
  after("keeps the newest ten failures", (row, _one, before) => ({
    ...row,
    failures:
      row.failures.length > before.failures.length
        ? row.failures
        : [...before.failures.slice(1), ...row.failures.slice(-1)].slice(-10),
  })),
  after("keeps no stack", (row) => ({ ...row, failures: row.failures.map(({ stack: _stack, ...rest }) => rest) })),
  after("keeps failures as broken text", (row) => ({
    ...row,
    failures: row.failures.map((failure) => ({ ...failure, message: failure.message.slice(0, 5) })),
  })),
  after("records no failure of a dead job", (row, _one, before) =>
    row.ended === "dead" ? { ...row, failures: before.failures } : row,
  ),
  after("a snooze spends its attempt", (row, { outcome }) =>
    outcome.type === "snooze" ? { ...row, attempt: row.attempt + 1 } : row,
  ),
  after("a snooze starts the attempts from zero", (row, { outcome }) =>
    outcome.type === "snooze" ? { ...row, attempt: 0 } : row,
  ),
  after("a snooze is recorded as a failure", (row, { outcome }) =>
    outcome.type === "snooze"
      ? { ...row, failures: [...row.failures, { message: "snoozed", attempt: row.attempt, at: row.dueAt }] }
      : row,
  ),
  after("a snooze keeps the lease", (row, { outcome }) =>
    outcome.type === "snooze" ? { ...row, leased: true, settled: false } : row,
  ),
  after("ignores the delay of a retry", (row, { outcome }, before) =>
    outcome.type === "retry" ? { ...row, dueAt: Math.min(row.dueAt, before.dueAt) } : row,
  ),
  after("ignores the delay of a snooze", (row, { outcome }, before) =>
    outcome.type === "snooze" ? { ...row, dueAt: Math.min(row.dueAt, before.dueAt) } : row,
  ),
  after("retries a dead job after all", (row) =>
    row.ended === "dead" ? { ...row, ended: undefined, leased: false, dueAt: row.dueAt + 3_600_000 } : row,
  ),
  after("drops the payload of a dead letter", (row) =>
    row.ended === "dead" ? { ...row, data: { ...row.data, payload: "" } } : row,
  ),
  sabotage("drops dead letters that are not kept", "settle", ({ correct }) => {
    const step = correct();
    return {
      ...step,
      state: mapRows(step.state, (row) => (row.ended === "dead" && row.keepMs === 0 ? undefined : row)),
    };
  }),
  sabotage("drops dead letters", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "dead" ? undefined : row)) };
  }),
  sabotage("keeps completed jobs whose keep is zero", "settle", ({ state, correct }) =>
    correct(mapRows(state, (row) => ({ ...row, keepMs: Math.max(row.keepMs, 1) }))),
  ),
  sabotage("forgets completed jobs at once", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "completed" ? undefined : row)) };
  }),
  sabotage("enqueues the follow-ups of a stale settlement", "settle", ({ input: [settlements], now, correct }) => {
    const step = correct();
    const draft = draftOf(step.state);
    settlements.forEach(({ next = [] }, i) => {
      if (step.answer[i] === "stale") enqueue(draft, now, next);
    });
    return { ...step, state: draft };
  }),
  sabotage(
    "enqueues the follow-ups of a repeated settlement again",
    "settle",
    ({ input: [settlements], now, correct }) => {
      const step = correct();
      const draft = draftOf(step.state);
      settlements.forEach(({ next = [] }, i) => {
        if (step.answer[i] === "repeated") enqueue(draft, now, next);
      });
      return { ...step, state: draft };
    },
  ),
  sabotage("enqueues follow-ups whatever the outcome", "settle", ({ input: [settlements], now, correct }) => {
    const step = correct();
    const draft = draftOf(step.state);
    settlements.forEach(({ outcome, next = [] }, i) => {
      if (outcome.type !== "complete" && step.answer[i] === "accepted") enqueue(draft, now, next);
    });
    return { ...step, state: draft };
  }),
  given("forgets the follow-ups", ({ next: _next, ...one }) => one),
  given("makes all follow-ups due at once", (one) => ({
    ...one,
    next: one.next?.map((job) => ({ ...job, due: { inMs: 0 } })),
  })),
  sabotage("lets a follow-up replace the job that has its id", "settle", ({ state, input: [settlements], correct }) => {
    const next = new Set(settlements.flatMap((one) => one.next?.map(({ id }) => id) ?? []));
    const own = new Set(settlements.map(({ id }) => id));
    return correct(mapRows(state, (row) => (next.has(row.data.id) && !own.has(row.data.id) ? undefined : row)));
  }),
  sabotage("enqueues follow-ups before it settles", "settle", ({ state, input: [settlements], now, correct }) => {
    const draft = draftOf(state);
    for (const { id, token, next = [] } of settlements) {
      const row = draft.rows.get(id);
      if (row?.token === token && row.leased) enqueue(draft, now, next);
    }
    const step = correct(draft, [settlements.map(({ next: _next, ...one }) => one)]);
    const answers = correct().answer;
    return {
      ...step,
      answer: step.answer.map((answer, i) => (answer === "accepted" ? (answers[i] ?? answer) : answer)),
    };
  }),
];

export const leaseSaboteurs: readonly Saboteur[] = [
  sabotage("renews with any token", "renew", ({ state, input: [leases, leaseMs], correct }) =>
    correct(undefined, [
      leases.map((lease) => ({ ...lease, token: takenBy(state.rows.get(lease.id), lease.token) })),
      leaseMs,
    ]),
  ),
  sabotage("revives a settled job when it is renewed", "renew", ({ state, input: [leases], correct }) => {
    const tokens = new Map(leases.map(({ id, token }) => [id, token]));
    return correct(
      mapRows(state, (row) => {
        const own = row.settled && row.token === tokens.get(row.data.id);
        return own ? { ...row, settled: false, leased: true, ended: undefined } : row;
      }),
    );
  }),
  sabotage("renews no lease that is over", "renew", ({ state, now, input: [leases, leaseMs], correct }) => {
    const over = (id: string): boolean => (state.rows.get(id)?.dueAt ?? 0) <= now;
    return correct(undefined, [leases.map((lease) => (over(lease.id) ? { ...lease, token: -1 } : lease)), leaseMs]);
  }),
  renewed("says that it renewed a lease, and does nothing", (_row, before) => before),
  renewed("adds a renewal to the lease's old end", (row, before, leaseMs) => ({
    ...row,
    dueAt: before.dueAt + leaseMs,
  })),
  renewed("renews for half the time", (row, _before, leaseMs) => ({ ...row, dueAt: row.dueAt - leaseMs / 2 })),
  sabotage("extends every lease when it renews one", "renew", ({ now, input: [leases, leaseMs], correct }) => {
    const step = correct();
    if (leases.length === 0) return step;
    return { ...step, state: mapRows(step.state, (row) => (row.leased ? { ...row, dueAt: now + leaseMs } : row)) };
  }),
  sabotage("answers that a cancelled job's lease is lost", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "lost" : answer)) };
  }),
  sabotage("answers that a cancelled job's lease is held", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "held" : answer)) };
  }),
  sabotage("answers that every lease is held", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map(() => "held" as const) };
  }),
  sabotage("answers renewals in an order of its own", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: [...step.answer].sort() };
  }),
  sabotage("throws when it renews what is gone", "renew", ({ state, input: [leases], correct }) => {
    for (const { id } of leases) if (!state.rows.has(id)) throw new Error(`no row ${id}`);
    return correct();
  }),
];
