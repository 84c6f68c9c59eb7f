import { type State, draftOf, enqueue, hasExpired } from "@longshore/conformance/tools";
import type { EnqueueAnswer } from "@longshore/core/adapter";
import { type Saboteur, mapRows, sabotage } from "./saboteur.ts";
import { given } from "./settlements.ts";

/** A settle that tells of follow-ups otherwise. */
function following(name: string, change: (next: readonly EnqueueAnswer[]) => readonly EnqueueAnswer[]): Saboteur {
  return sabotage(name, "settle", ({ correct }) => {
    const step = correct();
    const answer = step.answer.map((one) => (typeof one === "object" ? { ...one, next: change(one.next) } : one));
    return { ...step, answer };
  });
}

export const followUpSaboteurs: readonly Saboteur[] = [
  following("says that every follow-up was created", (next) => next.map(() => ({ status: "created" }))),
  following("tells of follow-ups in an order of its own", (next) => [...next].reverse()),
  sabotage("says nothing of follow-ups", "settle", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (typeof answer === "object" ? answer.status : answer)) };
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
  given("forgets the follow-ups of a job that is dead", ({ next, ...one }) =>
    one.outcome.type === "dead" ? one : { ...one, next },
  ),
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
  sabotage(
    "lets each of the follow-ups with one id take the place of a row past its time",
    "settle",
    ({ state, input: [settlements], now, correct }) => {
      const step = correct();
      const answer = step.answer.map((one, i) => {
        if (typeof one !== "object") return one;
        const past = settlements[i]?.next?.map(({ id }) => isPast(state, id, now)) ?? [];
        return { ...one, next: one.next.map((told, n) => (past[n] ? ({ status: "created" } as const) : told)) };
      });
      return { ...step, answer };
    },
  ),
];

function isPast({ rows }: State, id: string, now: number): boolean {
  const row = rows.get(id);
  return row !== undefined && hasExpired(row, now);
}
