import type { Due, JobState, Outcome, TerminalState } from "@longshore/core/adapter";
import type { Specification } from "./linearize.ts";

/** One job's part of a call. The answer is a short text, the same for all adapters: see `apply`. */
export type JobInput =
  | { readonly verb: "enqueue"; readonly due: Due; readonly keepMs: number }
  /** A claim that got the job. The token is unknown if the reply was lost. */
  | { readonly verb: "claim"; readonly token: number | undefined; readonly leaseMs: number }
  | { readonly verb: "settle"; readonly token: number; readonly type: Outcome["type"]; readonly delayMs: number }
  | { readonly verb: "renew"; readonly token: number; readonly leaseMs: number }
  | { readonly verb: "cancel" | "replay" | "runNow" | "remove" | "get" | "prune" };

/** Whether a delay, a lease or a retention is over. `open`: it ends at an unknown time. */
type Span = "over" | "open" | "endless";

type Row = {
  readonly place: "waiting" | "leased" | TerminalState;
  readonly span: Span;
  readonly keep: Span;
  readonly attempt: number;
  /** The newest claim's token; 0 before the first, undefined if its reply was lost. */
  readonly token: number | undefined;
  /** Whether that claim was settled, and not ended by an operator. */
  readonly settled: boolean;
  /** Whether it was settled by giving the job back. */
  readonly givenBack: boolean;
};

/** The state of one id; without a row before its enqueue and after its removal. */
export type IdState = {
  readonly row: Row | undefined;
  /** The newest token in any reply. */
  readonly newest: number;
};

type Result = readonly [answer: string, next: IdState];

/**
 * One job in any store, without a clock: between any two calls, everything that can become due, end or expire may have
 * done so, except what takes longer than `withinMs`. Written from the contract, independently of the model. The store's
 * clock must not go back.
 */
export function jobSpecification(withinMs: number = Infinity): Specification<IdState, JobInput, string> {
  const spanOf = (ms: number): Span => {
    if (ms <= 0) return "over";
    return ms <= withinMs ? "open" : "endless";
  };
  return {
    initial: { row: undefined, newest: 0 },
    key: ({ row, newest }) =>
      row === undefined
        ? `${newest}`
        : `${newest} ${row.place} ${row.span} ${row.keep} ${row.attempt} ${row.token} ${row.settled} ${row.givenBack}`,
    step: (job, input, answer) =>
      possibleStates(job, input).flatMap((state) => {
        const result = apply(state, input, spanOf);
        return result !== undefined && (answer === undefined || answer === result[0]) ? [result[1]] : [];
      }),
  };
}

/** The possible states at a call: time has passed or not, and an unknown token is the given one or not. */
function possibleStates(job: IdState, input: JobInput): readonly IdState[] {
  const { row, newest } = job;
  if (row === undefined) return [job];
  const ended = row.place !== "waiting" && row.place !== "leased";
  const later: IdState = { row: ended ? undefined : { ...row, span: "over" }, newest };
  const now = row.span === "open" ? [job, later] : [job];
  if (row.token !== undefined || !("token" in input) || input.token === undefined) return now;
  const token = input.token;
  if (input.verb === "claim" || token <= newest) return now;
  return now.flatMap((one) => (one.row === undefined ? [one] : [one, { row: { ...one.row, token }, newest: token }]));
}

/** A store's answer and the job's next state; undefined if the call cannot have got the job. */
function apply(job: IdState, input: JobInput, spanOf: (ms: number) => Span): Result | undefined {
  const { row, newest } = job;
  if (input.verb === "enqueue") {
    if (row !== undefined) return [`duplicate (${stateOf(row)})`, job];
    const { due, keepMs } = input;
    const span = "at" in due ? "open" : spanOf(due.inMs);
    const keep = spanOf(keepMs);
    const born: Row = { place: "waiting", span, keep, attempt: 0, token: 0, settled: false, givenBack: false };
    return ["created", { row: born, newest }];
  }
  if (row === undefined) {
    const answer = ABSENT[input.verb];
    return answer === undefined ? undefined : [answer, job];
  }
  const become = (answer: string, parts: Partial<Row>): Result => [answer, { row: { ...row, ...parts }, newest }];
  const end = (answer: string, place: "completed" | "cancelled", settled: boolean, span = row.keep): Result =>
    span === "over" ? [answer, { row: undefined, newest }] : become(answer, { place, span, settled });
  const state = stateOf(row);
  const refused: Result = [`refused (${state})`, job];

  switch (input.verb) {
    case "claim": {
      const { token, leaseMs } = input;
      if (state !== "enqueued" && state !== "stalled") return undefined;
      if (token !== undefined && token <= newest) return undefined;
      const attempt = row.attempt + 1;
      const taken: Row = { ...row, place: "leased", span: spanOf(leaseMs), attempt, token, settled: false };
      const answer = state === "stalled" ? `attempt ${attempt}, stalled` : `attempt ${attempt}`;
      return [answer, { row: taken, newest: token ?? newest }];
    }
    case "settle": {
      if (row.token !== input.token) return ["stale", job];
      if (row.place !== "leased") {
        return [row.settled ? "repeated" : row.place === "cancelled" ? "cancelled" : "stale", job];
      }
      const givenBack = input.type === "snooze";
      const waits = { place: "waiting", span: spanOf(input.delayMs), settled: true, givenBack } as const;
      switch (input.type) {
        case "complete":
          return end("accepted", "completed", true);
        case "dead":
          return become("accepted", { place: "dead", span: "endless", settled: true });
        case "retry":
          return become("accepted", waits);
        case "snooze":
          return become("accepted", { ...waits, attempt: row.attempt - 1 });
      }
    }
    case "renew":
      if (row.token !== input.token) return ["lost", job];
      if (row.place === "leased") return become("held", { span: spanOf(input.leaseMs) });
      return [row.place === "cancelled" ? "cancelled" : "lost", job];
    case "get":
      return [`${state}, attempt ${row.attempt}`, job];
    case "cancel":
      if (row.place === "waiting") return end("done", "cancelled", row.settled);
      // The worker can learn of the cancellation for as long as the lease would have lasted.
      return row.place === "leased" ? end("done", "cancelled", row.settled, longer(row.keep, row.span)) : refused;
    case "replay":
      if (row.place !== "dead" && row.place !== "cancelled") return refused;
      return become("done", { place: "waiting", span: "over", attempt: 0 });
    case "runNow":
      return state === "delayed" || state === "failed" ? become("done", { span: "over" }) : refused;
    case "remove":
      return state === "active" ? refused : ["done", { row: undefined, newest }];
    case "prune":
      return row.place === "dead" ? ["done", { row: undefined, newest }] : undefined;
  }
}

/** The answers if there is no row. A claim and a prune cannot have got one. */
const ABSENT: Readonly<Record<Exclude<JobInput["verb"], "enqueue">, string | undefined>> = {
  claim: undefined,
  prune: undefined,
  settle: "gone",
  renew: "lost",
  get: "none",
  cancel: "gone",
  replay: "gone",
  runNow: "gone",
  remove: "gone",
};

function longer(a: Span, b: Span): Span {
  if (a === "over") return b;
  return b === "endless" ? b : a;
}

function stateOf({ place, span, attempt, givenBack }: Row): JobState {
  if (place === "leased") return span === "over" ? "stalled" : "active";
  if (place !== "waiting") return place;
  if (span === "over") return "enqueued";
  return attempt === 0 || givenBack ? "delayed" : "failed";
}
