import type { JobState, Outcome, SettleAnswer } from "@longshore/core/adapter";
import type { Part } from "./commit.ts";
import type { Fail, InvariantId } from "./invariants.ts";
import { type Change, type Rows, isReplaced } from "./rows.ts";
import { type ObservedRow, facts, isSame } from "./observed-row.ts";

type Place = JobState | "gone";
type Moves = { readonly from: readonly Place[]; readonly to: readonly Place[] };

const LIVE: readonly Place[] = ["delayed", "enqueued", "active", "stalled", "failed", "blocked"];
const LEASED: readonly Place[] = ["active", "stalled"];

/** The published table: which changes of state each verb may make when it succeeds. */
const MOVES: { readonly [V in Exclude<Part["kind"], "settle">]: Moves } = {
  enqueue: { from: ["gone"], to: ["enqueued", "delayed", "blocked"] },
  claim: { from: ["enqueued", "stalled"], to: ["active"] },
  renew: { from: LEASED, to: ["active"] },
  cancel: { from: LIVE, to: ["cancelled", "gone"] },
  replay: { from: ["dead", "cancelled"], to: ["enqueued"] },
  runNow: { from: ["delayed", "failed"], to: ["enqueued"] },
  remove: {
    from: ["delayed", "enqueued", "stalled", "failed", "blocked", "completed", "dead", "cancelled"],
    to: ["gone"],
  },
  update: {
    from: ["delayed", "enqueued", "failed", "blocked"],
    to: ["delayed", "enqueued", "failed", "blocked"],
  },
  prune: { from: ["dead"], to: ["gone"] },
  expire: { from: ["enqueued"], to: ["cancelled", "gone"] },
};
/** An enqueue that gave its data to a job which waits. */
const REPLACED: Moves = { from: ["delayed", "enqueued", "failed", "blocked"], to: ["delayed", "enqueued", "blocked"] };
const SETTLED: { readonly [O in Outcome["type"]]: readonly Place[] } = {
  complete: ["completed", "gone"],
  retry: ["failed", "enqueued"],
  snooze: ["failed", "delayed", "enqueued"],
  dead: ["dead"],
};

/** Checks one change: its states against the table, and the row against the request. */
export function checkChange(change: Change, rows: Pick<Rows, "isNeeded">, now: number, fail: Fail): void {
  const { part, id, before, after, from, to } = change;
  if (!tookEffect(change)) {
    checkRefusal(change, fail);
    const same = before === undefined || after === undefined ? before === after : isSame(before, after);
    const [was, is] = [before, after].map((seen) => (same || seen === undefined ? "gone" : facts(seen)));
    // Another job of the call may have let it start.
    if (!same && change.alone && before?.job.limits === undefined && !wasRevived(change))
      fail("refusals", `${part.kind} of ${id} was refused, and yet changed it from ${was} to ${is}`);
    return;
  }
  const moves = movesOf(change);
  if (!moves.from.includes(from)) fail(onWrongState(part, from), `${part.kind} took ${id} from ${from} to ${to}`);
  if (!moves.to.includes(to)) fail("transitions", `${part.kind} took ${id} from ${from} to ${to}`);
  // Of several enqueues of one call, the last one's data stand.
  const told = part.kind === "enqueue" && !change.alone ? {} : expectation(change, now);
  // One with a rate may be due when that lets it start.
  const waits = part.kind !== "claim" && part.kind !== "renew" && after?.ended === undefined && !after?.leased;
  const expected = waits && after?.job.limits?.rate ? { ...told, dueAt: undefined } : told;
  for (const [field, invariant] of FIELDS) {
    const [got, wanted] = [after?.row[field], expected[field]];
    if (after !== undefined && wanted !== undefined && got !== wanted) {
      fail(invariant, `${part.kind} of ${id} made its ${field} ${got} instead of ${wanted}`);
    }
  }
  const held = part.kind === "cancel" && before?.leased === true && before.dueAt > now;
  const ends = part.kind === "settle" || part.kind === "cancel" || part.kind === "expire";
  const isNeeded = before !== undefined && rows.isNeeded(before);
  const kept = ends ? held || isNeeded || (before?.job.keepMs ?? 0) > 0 : true;
  if ((to === "gone") !== (moves.to.includes("gone") && !(kept && moves.to.length > 1))) {
    fail("noLoss", `${part.kind} of ${id} should ${kept ? "keep" : "leave nothing of"} its row, which is ${to}`);
  }
  checkCauses(change, fail);
}

function movesOf({ part, before }: Change): Moves {
  if (part.kind === "enqueue" && before !== undefined) return REPLACED;
  const moves = part.kind === "settle" ? { from: LEASED, to: SETTLED[part.settlement.outcome.type] } : MOVES[part.kind];
  const { limits } = before?.job ?? {};
  const { after } = part.kind === "enqueue" ? part.job : (before?.job ?? {});
  // One that comes after others may be dead with them at once, or wait for them again.
  if (after !== undefined && part.kind === "enqueue") return { from: moves.from, to: [...moves.to, "dead"] };
  if (after !== undefined && part.kind === "replay") return { from: moves.from, to: [...moves.to, "blocked"] };
  return limits === undefined ? moves : withLimits(moves, limits.rate ? ["blocked", "delayed", "failed"] : ["blocked"]);
}

/** Where a job may be due, one with a limit may wait for a place or its rate; and a claim may let it start, and take it. */
function withLimits({ from, to }: Moves, waiting: readonly Place[]): Moves {
  const also = (places: readonly Place[]): readonly Place[] =>
    places.includes("enqueued") ? [...places, ...waiting] : places;
  return { from: also(from), to: also(to) };
}

/** The fields that an operation sets, each with its invariant. */
const FIELDS = [
  ["attempt", "attempts"],
  ["enqueuedAt", "attempts"],
  ["dueAt", "dueTimes"],
  ["payload", "integrity"],
  ["result", "integrity"],
] as const;
type Expected = { readonly [F in (typeof FIELDS)[number][0]]?: number | string | undefined };

function expectation({ part, before }: Change, now: number): Expected {
  const same = { attempt: before?.attempt ?? 0, payload: before?.job.payload, enqueuedAt: before?.row.enqueuedAt };
  switch (part.kind) {
    case "enqueue": {
      const { due, payload, unique } = part.job;
      const fresh = { attempt: 0, payload, enqueuedAt: now };
      // A debounce has a limit, which counts from the first enqueue, and a replaced job may have to wait for another.
      return unique?.on === "debounce" || part.job.after !== undefined || before !== undefined
        ? fresh
        : { ...fresh, dueAt: "at" in due ? due.at : now + due.inMs };
    }
    case "claim":
      return { ...same, attempt: same.attempt + 1, dueAt: now + part.leaseMs };
    case "renew":
      return { ...same, dueAt: now + part.leaseMs };
    case "update": {
      const { data, due } = part.change;
      const isHeld = before?.job.limits !== undefined || before?.job.unique !== undefined;
      const dueAt = due === undefined ? before?.dueAt : "at" in due ? due.at : now + due.inMs;
      return { ...same, payload: data?.payload ?? same.payload, dueAt: isHeld ? undefined : dueAt };
    }
    case "replay":
      return { ...same, attempt: 0, enqueuedAt: now, dueAt: now };
    case "settle": {
      const { outcome } = part.settlement;
      const attempt = same.attempt - (outcome.type === "snooze" ? 1 : 0);
      const result = outcome.type === "complete" ? { result: outcome.result } : {};
      return { ...same, attempt, ...result, dueAt: now + ("delayMs" in outcome ? outcome.delayMs : 0) };
    }
    default:
      return { ...same, dueAt: now };
  }
}

/** A row keeps its first failure and the last nine. */
const MOST_FAILURES = 10;

/** Checks that every failed attempt leaves its cause, and that nothing else does. */
function checkCauses({ part, id, before, after, to }: Change, fail: Fail): void {
  if (after === undefined) return;
  const isBuried = part.kind === "enqueue" && to === "dead";
  const failed = isBuried || part.kind === "expire" || (part.kind === "settle" && "failure" in part.settlement.outcome);
  const had = before?.row.failures.length ?? 0;
  const wanted = Math.min(MOST_FAILURES, failed ? had + 1 : had);
  const { failures } = after.row;
  if (failures.length !== wanted)
    fail("deadLetters", `${part.kind} of ${id} left ${failures.length} failures, not ${wanted}`);
  if (to === "dead" && failures.length === 0) fail("deadLetters", `${id} is dead without a cause`);
}

/** The answer to a settlement with the newest token, if its claim is over. */
function refusalOf({ settledBy, token, ended }: ObservedRow): SettleAnswer {
  if (settledBy === token) return "repeated";
  return ended === "cancelled" ? "cancelled" : "stale";
}

function tookEffect({ part, before }: Change): boolean {
  switch (part.kind) {
    case "enqueue":
      if (part.answer?.status === "failed") return false;
      return before === undefined ? part.answer?.status !== "duplicate" : isReplaced(part, before);
    case "claim":
    case "prune":
    case "expire":
      return true;
    case "settle":
      return part.answer === "accepted";
    case "renew":
      return part.answer === "held";
    default:
      return part.answer?.status === "done";
  }
}

function onWrongState(part: Part, from: Place): InvariantId {
  if (part.kind === "enqueue") return "uniqueness";
  if (part.kind === "claim" && from === "active") return "singleLease";
  if (part.kind === "claim" && (from === "failed" || from === "delayed")) return "dueTimes";
  if (part.kind === "settle" || part.kind === "renew") return "fencing";
  return from === "completed" || from === "dead" || from === "cancelled" ? "terminalStates" : "transitions";
}

/** A replay that was refused, because the replay of its parent in the same call had revived it. */
function wasRevived({ part, before, from, to }: Change): boolean {
  return part.kind === "replay" && from === "dead" && LIVE.includes(to) && before?.parents.length !== 0;
}

/** Checks that a refusal was right. */
function checkRefusal(change: Change, fail: Fail): void {
  const { part, id, before, from } = change;
  switch (part.kind) {
    case "enqueue":
      // A repeated enqueue of data that wait: its answer is that of the first.
      // `depth` and `families` look.
      if (part.answer?.status === "failed") return;
      if (part.answer?.status === "replaced" || part.answer?.status === "queued_behind") return;
      if (part.answer?.status !== "duplicate")
        fail("uniqueness", `the enqueue of ${id} was answered ${part.answer?.status}`);
      else if (from === "gone") fail("uniqueness", `${id} was called a duplicate, and no such row stands`);
      else if (part.answer.state !== from)
        fail("uniqueness", `the duplicate ${id} is ${from}, not ${part.answer.state}`);
      return;
    case "settle": {
      const { token } = part.settlement;
      const current = before !== undefined && before.token === token;
      const wanted = before === undefined ? "gone" : current ? refusalOf(before) : "stale";
      const holds = current && before.leased;
      if (holds) fail("fencing", `the settlement of ${id} with its current token ${token} was answered ${part.answer}`);
      else if (part.answer !== wanted)
        fail("fencing", `the settlement of ${id} was answered ${part.answer}, not ${wanted}`);
      return;
    }
    case "renew": {
      const current = before !== undefined && before.token === part.lease.token;
      const wanted = current && before.ended === "cancelled" ? "cancelled" : "lost";
      if (current && before.leased) fail("fencing", `the renewal of ${id} by its holder was answered ${part.answer}`);
      else if (part.answer !== wanted)
        fail("fencing", `the renewal of ${id} was answered ${part.answer}, not ${wanted}`);
      return;
    }
    case "claim":
    case "prune":
    case "expire":
      return;
    default: {
      // Another job may have its key: `keys` looks.
      const keyed = part.kind === "replay" && before?.job.unique !== undefined;
      const allowed = !keyed && !wasRevived(change) && MOVES[part.kind].from.includes(from);
      if (allowed) fail("transitions", `${part.kind} of ${id} was refused, although it is ${from}`);
      const wanted = from === "gone" ? "gone" : "refused";
      if (part.answer?.status !== wanted)
        fail("transitions", `${part.kind} of ${id} was answered ${part.answer?.status}, not ${wanted}`);
    }
  }
}
