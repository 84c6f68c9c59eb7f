import type { Row } from "@longshore/conformance/tools";
import { type Settlement, isAccepted } from "@longshore/core/adapter";
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
export function given(
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

/** The token that makes a settlement or a renewal the holder's, whoever sends it. */
export function takenBy(row: Row | undefined, token: number): number {
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
  sabotage(
    "takes a lost reply for a cancelled run, once its job is cancelled",
    "settle",
    ({ state, input: [all], correct }) => {
      const step = correct();
      const cancelled = (id: string): boolean => state.rows.get(id)?.ended === "cancelled";
      const answers = step.answer.map((one, i) =>
        one === "repeated" && cancelled(all[i]?.id ?? "") ? ("cancelled" as const) : one,
      );
      return { ...step, answer: answers };
    },
  ),
  after("shows the last failure of a dead letter as its result", (row, { outcome }) =>
    outcome.type === "dead" ? { ...row, result: JSON.stringify(outcome.failure.message) } : row,
  ),
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
];
