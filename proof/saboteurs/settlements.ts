import { type Row, draftOf, enqueue } from "@longshore/conformance/tools";
import { type EnqueueAnswer, type Settlement, isAccepted } from "@longshore/core/adapter";
import { type Saboteur, type Spoiled, type Step, mapRow, mapRows, on, saboteur, spoil } from "./spoil.ts";

/** A settle that sees other settlements than it was given. */
function given(
  name: string,
  change: (settlement: Settlement, row: Row | undefined, now: number) => Settlement,
): Saboteur {
  return spoil(name, "settle", ({ state, input: [settlements], now, honest }) =>
    honest(undefined, [settlements.map((one) => change(one, state.rows.get(one.id), now))]),
  );
}

/** A settle after which the rows that it accepted are changed. */
function after(name: string, change: (row: Row, settlement: Settlement, before: Row) => Row): Saboteur {
  return spoil(name, "settle", ({ state, input: [settlements], honest }) => {
    const step = honest();
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
  return spoil(name, "renew", ({ state, input: [leases, leaseMs], honest }) => {
    const step = honest();
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
  return spoil(name, "settle", ({ honest }) => {
    const step = honest();
    const answer = step.answer.map((one) => (typeof one === "object" ? { ...one, next: change(one.next) } : one));
    return { ...step, answer };
  });
}

function takenBy(row: Row | undefined, token: number): number {
  return row?.leased === true ? row.token : token;
}

function alone(call: Spoiled<"settle">, keep: (settlement: Settlement) => boolean): Step<"settle"> {
  const [settlements] = call.input;
  const step = call.honest(undefined, [settlements.filter(keep)]);
  const answers = [...step.answer];
  return { ...step, answer: settlements.map((one) => (keep(one) ? (answers.shift() ?? "gone") : "accepted")) };
}

export const settleSaboteurs: readonly Saboteur[] = [
  after("a snooze after a failure leaves the job as failed", (row) => ({ ...row, givenBack: false })),
  after("a failure after a snooze leaves the job as delayed", (row, _settlement, before) => ({
    ...row,
    givenBack: row.givenBack || before.givenBack,
  })),
  spoil("tells the worker of a cancelled job that it lost its lease", "settle", ({ honest }) => {
    const step = honest();
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
    on("settle", ({ state, honest }) =>
      honest(
        mapRows(state, (row) =>
          row.settled && row.ended === undefined ? { ...row, settled: false, leased: true } : row,
        ),
      ),
    ),
  ),
  saboteur(
    "lets the same token settle a terminal job anew",
    on("settle", ({ state, honest }) =>
      honest(
        mapRows(state, (row) =>
          row.settled && row.ended !== undefined ? { ...row, settled: false, leased: true } : row,
        ),
      ),
    ),
  ),
  spoil("answers that a repetition is stale", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (answer === "repeated" ? "stale" : answer)) };
  }),
  spoil("answers that what is gone is stale", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (answer === "gone" ? "stale" : answer)) };
  }),
  spoil("says that a stale settlement was accepted, without doing it", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (answer === "stale" ? "accepted" : answer)) };
  }),
  spoil("answers settlements in an order of its own", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, answer: [...step.answer].sort() };
  }),
  following("says that every follow-up was created", (next) => next.map(() => ({ status: "created" }))),
  following("tells of follow-ups in an order of its own", (next) => [...next].reverse()),
  spoil("says nothing of follow-ups", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (typeof answer === "object" ? answer.status : answer)) };
  }),
  spoil("settles only the first of a batch and says that it did all", "settle", (call) =>
    alone(call, (one) => one === call.input[0][0]),
  ),
  spoil("refuses a batch whole where one settlement is stale", "settle", ({ state, input: [settlements], honest }) => {
    const step = honest();
    if (!step.answer.includes("stale")) return step;
    return { state, answer: settlements.map(() => "stale") };
  }),
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
  spoil("drops dead letters that are not kept", "settle", ({ honest }) => {
    const step = honest();
    return {
      ...step,
      state: mapRows(step.state, (row) => (row.ended === "dead" && row.keepMs === 0 ? undefined : row)),
    };
  }),
  spoil("drops dead letters", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "dead" ? undefined : row)) };
  }),
  spoil("keeps completed jobs whose keep is zero", "settle", ({ state, honest }) =>
    honest(mapRows(state, (row) => ({ ...row, keepMs: Math.max(row.keepMs, 1) }))),
  ),
  spoil("forgets completed jobs at once", "settle", ({ honest }) => {
    const step = honest();
    return { ...step, state: mapRows(step.state, (row) => (row.ended === "completed" ? undefined : row)) };
  }),
  spoil("enqueues the follow-ups of a stale settlement", "settle", ({ input: [settlements], now, honest }) => {
    const step = honest();
    const draft = draftOf(step.state);
    settlements.forEach(({ next = [] }, i) => {
      if (step.answer[i] === "stale") enqueue(draft, now, next);
    });
    return { ...step, state: draft };
  }),
  spoil("enqueues the follow-ups of a repeated settlement again", "settle", ({ input: [settlements], now, honest }) => {
    const step = honest();
    const draft = draftOf(step.state);
    settlements.forEach(({ next = [] }, i) => {
      if (step.answer[i] === "repeated") enqueue(draft, now, next);
    });
    return { ...step, state: draft };
  }),
  spoil("enqueues follow-ups whatever the outcome", "settle", ({ input: [settlements], now, honest }) => {
    const step = honest();
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
  spoil("lets a follow-up replace the job that has its id", "settle", ({ state, input: [settlements], honest }) => {
    const next = new Set(settlements.flatMap((one) => one.next?.map(({ id }) => id) ?? []));
    const own = new Set(settlements.map(({ id }) => id));
    return honest(mapRows(state, (row) => (next.has(row.data.id) && !own.has(row.data.id) ? undefined : row)));
  }),
  spoil("enqueues follow-ups before it settles", "settle", ({ state, input: [settlements], now, honest }) => {
    const draft = draftOf(state);
    for (const { id, token, next = [] } of settlements) {
      const row = draft.rows.get(id);
      if (row?.token === token && row.leased) enqueue(draft, now, next);
    }
    const step = honest(draft, [settlements.map(({ next: _next, ...one }) => one)]);
    const answers = honest().answer;
    return {
      ...step,
      answer: step.answer.map((answer, i) => (answer === "accepted" ? (answers[i] ?? answer) : answer)),
    };
  }),
];

export const leaseSaboteurs: readonly Saboteur[] = [
  spoil("renews with any token", "renew", ({ state, input: [leases, leaseMs], honest }) =>
    honest(undefined, [
      leases.map((lease) => ({ ...lease, token: takenBy(state.rows.get(lease.id), lease.token) })),
      leaseMs,
    ]),
  ),
  spoil("revives a settled job when it is renewed", "renew", ({ state, input: [leases], honest }) => {
    const tokens = new Map(leases.map(({ id, token }) => [id, token]));
    return honest(
      mapRows(state, (row) => {
        const own = row.settled && row.token === tokens.get(row.data.id);
        return own ? { ...row, settled: false, leased: true, ended: undefined } : row;
      }),
    );
  }),
  spoil("renews no lease that is over", "renew", ({ state, now, input: [leases, leaseMs], honest }) => {
    const over = (id: string): boolean => (state.rows.get(id)?.dueAt ?? 0) <= now;
    return honest(undefined, [leases.map((lease) => (over(lease.id) ? { ...lease, token: -1 } : lease)), leaseMs]);
  }),
  renewed("says that it renewed a lease, and does nothing", (_row, before) => before),
  renewed("adds a renewal to the lease's old end", (row, before, leaseMs) => ({
    ...row,
    dueAt: before.dueAt + leaseMs,
  })),
  renewed("renews for half the time", (row, _before, leaseMs) => ({ ...row, dueAt: row.dueAt - leaseMs / 2 })),
  spoil("extends every lease when it renews one", "renew", ({ now, input: [leases, leaseMs], honest }) => {
    const step = honest();
    if (leases.length === 0) return step;
    return { ...step, state: mapRows(step.state, (row) => (row.leased ? { ...row, dueAt: now + leaseMs } : row)) };
  }),
  spoil("answers that a cancelled job's lease is lost", "renew", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "lost" : answer)) };
  }),
  spoil("answers that a cancelled job's lease is held", "renew", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "held" : answer)) };
  }),
  spoil("answers that every lease is held", "renew", ({ honest }) => {
    const step = honest();
    return { ...step, answer: step.answer.map(() => "held" as const) };
  }),
  spoil("answers renewals in an order of its own", "renew", ({ honest }) => {
    const step = honest();
    return { ...step, answer: [...step.answer].sort() };
  }),
  spoil("throws when it renews what is gone", "renew", ({ state, input: [leases], honest }) => {
    for (const { id } of leases) if (!state.rows.has(id)) throw new Error(`no row ${id}`);
    return honest();
  }),
];
