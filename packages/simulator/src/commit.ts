import type { Answer, Operation, StoreVerb } from "@longshore/conformance/tools";
import type {
  Advance,
  AdvanceAnswer,
  Change as Update,
  ClaimedJob,
  ControlAnswer,
  EnqueueAnswer,
  JobRef,
  Lease,
  NewJob,
  RenewAnswer,
  SettleAnswer,
  Settlement,
  StoredJob,
} from "@longshore/core/adapter";
import type { Process } from "./process.ts";

/** One call that the store carried out. */
export type Commit = {
  readonly process: Process;
  readonly operation: Operation;
  readonly answer: Answer;
  /** The store's clock. */
  readonly now: number;
};

/** What a call did to one job, or refused to do. */
export type Part =
  | { readonly kind: "enqueue"; readonly job: NewJob; readonly answer: EnqueueAnswer | undefined }
  | { readonly kind: "claim"; readonly job: ClaimedJob; readonly leaseMs: number }
  | {
      readonly kind: "settle";
      readonly settlement: Settlement;
      readonly answer: Extract<SettleAnswer, string> | undefined;
    }
  | {
      readonly kind: "renew";
      readonly lease: Lease;
      readonly leaseMs: number;
      readonly answer: RenewAnswer | undefined;
    }
  | {
      readonly kind: "cancel" | "replay" | "runNow" | "remove";
      readonly ref: JobRef;
      readonly answer: ControlAnswer | undefined;
    }
  | { readonly kind: "update"; readonly change: Update; readonly answer: ControlAnswer | undefined }
  | { readonly kind: "prune"; readonly job: StoredJob }
  /** A claim found that it had not begun in time. */
  | { readonly kind: "expire"; readonly job: ClaimedJob };

/** Splits a call by jobs, in the order in which the store processed them. */
export function partsOf({ operation, answer }: Pick<Commit, "operation" | "answer">): Part[] {
  switch (operation.verb) {
    case "enqueue": {
      const answers = answer as Answer<"enqueue">;
      return operation.input[0].map((job, i) => ({ kind: "enqueue", job, answer: answers[i] }));
    }
    case "claim": {
      const [{ leaseMs }] = operation.input;
      const jobs = answer as Answer<"claim">;
      return jobs.map((job) => (job.expired ? { kind: "expire", job } : { kind: "claim", job, leaseMs }));
    }
    case "settle": {
      const answers = answer as Answer<"settle">;
      return operation.input[0].flatMap((settlement, i): Part[] => {
        const answer = answers[i];
        if (typeof answer !== "object") return [{ kind: "settle", settlement, answer }];
        const { next = [] } = settlement;
        return [
          { kind: "settle", settlement, answer: answer.status },
          ...next.map((job, at): Part => ({ kind: "enqueue", job, answer: answer.next[at] })),
        ];
      });
    }
    case "renew": {
      const [leases, leaseMs] = operation.input;
      const answers = answer as Answer<"renew">;
      return leases.map((lease, i) => ({ kind: "renew", lease, leaseMs, answer: answers[i] }));
    }
    case "cancel":
    case "replay":
    case "runNow":
    case "remove": {
      const { verb, input } = operation;
      const answers = answer as Answer<"cancel">;
      return input[0].map((ref, i) => ({ kind: verb, ref, answer: answers[i] }));
    }
    case "update": {
      const answers = answer as Answer<"update">;
      return operation.input[0].map((change, i) => ({ kind: "update", change, answer: answers[i] }));
    }
    case "prune":
      return (answer as Answer<"prune">).map((job) => ({ kind: "prune", job }));
    case "advance":
      return movesOf({ operation, answer }).flatMap(({ step: { job }, moved }): Part[] =>
        moved === undefined || job === undefined ? [] : [{ kind: "enqueue", job, answer: moved.job }],
      );
    default:
      return [];
  }
}

/** A schedule's step and its result; `moved` is undefined if the step was behind. */
export type Move = { readonly step: Advance; readonly moved: Extract<AdvanceAnswer, { status: "moved" }> | undefined };

/** The steps of a call of `advance`, in order; none of any other call. */
export function movesOf({ operation, answer }: Pick<Commit, "operation" | "answer">): Move[] {
  if (operation.verb !== "advance") return [];
  const answers = answer as Answer<"advance">;
  return operation.input[0].map((step, i) => {
    const told = answers[i];
    return { step, moved: told?.status === "moved" ? told : undefined };
  });
}

/** The job that a part is about: of an enqueue, the one that its answer names. */
export function refOf(part: Part): JobRef {
  switch (part.kind) {
    case "enqueue": {
      const { job, answer } = part;
      return answer && "id" in answer && answer.id !== undefined ? { ...job, id: answer.id } : job;
    }
    case "claim":
    case "prune":
    case "expire":
      return part.job;
    case "settle":
      return part.settlement;
    case "renew":
      return part.lease;
    case "update":
      return part.change;
    default:
      return part.ref;
  }
}

/** The call and its answer, as text for the journal. */
export function describe(operation: Operation, answer: Answer | undefined): readonly [string, string] {
  return [`${operation.verb} ${asked(operation)}`, answer === undefined ? "-" : answered(operation.verb, answer)];
}

function asked({ verb, input }: Operation): string {
  switch (verb) {
    case "enqueue":
      return input[0]
        .map(({ id, due }) => ("at" in due ? `${id}@` : due.inMs > 0 ? `${id}+${due.inMs}` : id))
        .join(" ");
    case "claim":
      return input[0].queues.map(({ name, limit }) => `${name}:${limit}`).join(" ");
    case "settle":
      return input[0]
        .map(({ id, token, outcome, next }) => {
          const delay = "delayMs" in outcome ? `+${Math.round(outcome.delayMs)}` : "";
          return `${id}#${token} ${outcome.type}${delay}${next === undefined ? "" : ` then ${next.length}`}`;
        })
        .join(", ");
    case "renew":
      return input[0].map(({ id, token }) => `${id}#${token}`).join(" ");
    case "cancel":
    case "replay":
    case "runNow":
    case "remove":
    case "update":
    case "get":
      return input[0].map(({ id }) => id).join(" ");
    case "release":
      return input[0].map(({ key }) => key).join(" ");
    case "advance":
      return input[0].map(advanced).join(", ");
    case "declare":
      return input[0].map(({ name }) => name).join(" ");
    case "dueInMs":
      return input[0].queues.join(" ");
    case "announce":
      return input[0].id;
    case "counts":
    case "listSchedules":
    case "workers":
      return "";
    default:
      return String(typeof input[0] === "object" ? (input[0].state ?? "") : input[0]);
  }
}

function advanced({ name, from, to, job }: Advance): string {
  return `${name} ${job === undefined ? "stays" : `+${to - from}`}`;
}

function answered(verb: StoreVerb, answer: Answer): string {
  switch (verb) {
    case "enqueue":
    case "cancel":
    case "replay":
    case "runNow":
    case "remove":
    case "update":
      return (answer as Answer<"enqueue">)
        .map((one) => ("state" in one ? `${one.status} ${one.state}` : one.status))
        .join(" ");
    case "claim":
      return (
        (answer as Answer<"claim">)
          .map(({ id, token, attempt, expired }) => (expired ? `${id} expired` : `${id}#${token}/${attempt}`))
          .join(" ") || "none"
      );
    case "settle":
      return (answer as Answer<"settle">).map((one) => (typeof one === "object" ? one.status : one)).join(" ");
    case "advance":
      return (answer as Answer<"advance">).map(({ status }) => status).join(" ");
    case "renew":
      return (answer as Answer<"renew">).join(" ");
    case "get":
      return (answer as Answer<"get">).map((job) => job?.state ?? "gone").join(" ");
    case "list":
      return `${(answer as Answer<"list">).jobs.length} jobs`;
    case "prune":
      return `${(answer as Answer<"prune">).length} jobs`;
    case "declare":
      return (answer as Answer<"declare">).rows.map(({ nextAt }) => nextAt ?? "-").join(" ");
    default:
      return typeof answer === "object" ? "ok" : String(answer);
  }
}
