import type { Answer } from "@longshore/conformance/tools";
import type { JobEvent } from "@longshore/core";
import { type EnqueueAnswer, isAccepted } from "@longshore/core/adapter";
import { type Commit, movesOf } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import type { Process } from "./process.ts";

/** Checks events against commits: none before or without its commit, none twice, none missing without a reason. */
export type Events = {
  committed(commit: Commit): void;
  /** The process received the answer undisturbed. */
  replied(commit: Commit): void;
  reported(process: Process, event: JobEvent): void;
  /** Checks that everything that a process got an answer about has been reported by now. */
  end(): void;
};

/** How often something was committed, how often its process got the answer, and how often the process reported it. */
type Count = { committed: number; answered: number; reported: number };

export function watchEvents(isForeign: (cursor: string) => boolean, fail: Fail): Events {
  const attempts = new Map<number, number>();
  const counts = new Map<Process, Map<string, Count>>();
  const countOf = (process: Process, what: string): Count => {
    let own = counts.get(process);
    if (own === undefined) counts.set(process, (own = new Map()));
    let found = own.get(what);
    if (found === undefined) own.set(what, (found = { committed: 0, answered: 0, reported: 0 }));
    return found;
  };

  return {
    committed(commit) {
      if (commit.operation.verb === "claim") {
        for (const { token, attempt } of commit.answer as Answer<"claim">) attempts.set(token, attempt);
      }
      for (const what of eventsOf(commit, attempts, isForeign)) countOf(commit.process, what).committed += 1;
    },
    replied(commit) {
      for (const what of eventsOf(commit, attempts, isForeign)) countOf(commit.process, what).answered += 1;
    },
    reported(process, event) {
      const what = reportedBy(event);
      if (what === undefined) return;
      const found = countOf(process, what);
      found.reported += 1;
      if (found.reported > found.committed)
        fail(
          "events",
          `${process.id} reported ${what} ${found.reported} times, and it was committed ${found.committed} times`,
        );
      // A job whose workers have all vanished dies without a start.
      if (event.type === "completed" || event.type === "failed") {
        const started = countOf(process, `started ${event.job.id}/${event.attempt}`).reported;
        if (started === 0) fail("events", `${process.id} reported ${what}, and never that it started`);
      }
    },
    end() {
      for (const [process, own] of counts) {
        if (!process.alive) continue;
        for (const [what, { answered, reported }] of own) {
          // A worker gives a claim back silently if it comes too late, or if its loop is stopping.
          if (reported >= answered || /^(started|snooze|expired) /.test(what)) continue;
          fail("events", `${process.id} was answered ${what} ${answered} times and reported it ${reported} times`);
        }
      }
    },
  };
}

/** The events that a commit allows its process to report. Events name attempts, settlements name tokens. */
function eventsOf(
  { operation, answer }: Commit,
  attempts: ReadonlyMap<number, number>,
  isForeign: (cursor: string) => boolean,
): string[] {
  switch (operation.verb) {
    case "enqueue": {
      const answers = answer as Answer<"enqueue">;
      return operation.input[0].flatMap(({ id }, i) =>
        answers[i]?.status === "failed" ? [] : [enqueuedEvent(id, answers[i])],
      );
    }
    case "claim":
      return (answer as Answer<"claim">).map(({ id, attempt, expired }) =>
        expired ? `expired ${id}` : `started ${id}/${attempt}`,
      );
    case "settle": {
      const answers = answer as Answer<"settle">;
      return operation.input[0].flatMap(({ id, token, outcome, next = [] }, i) => {
        const answer = answers[i];
        if (!isAccepted(answer)) return [];
        const followed = typeof answer === "object" ? answer.next : [];
        return [
          `${outcome.type} ${id}/${attempts.get(token)}`,
          ...next.slice(0, followed.length).map((job, at) => enqueuedEvent(job.id, followed[at])),
        ];
      });
    }
    case "cancel":
    case "replay":
    case "runNow":
    case "remove":
    case "update": {
      const answers = answer as Answer<"cancel">;
      const event = OPERATED[operation.verb];
      return operation.input[0].flatMap(({ id }, i) => (answers[i]?.status === "done" ? [`${event} ${id}`] : []));
    }
    case "advance":
      return movesOf({ operation, answer }).flatMap(({ step: { name, to, job }, moved }) => {
        if (moved === undefined || job === undefined || isForeign(name)) return [];
        return [`fired ${name} ${to}`, enqueuedEvent(job.id, moved.job)];
      });
    case "prune":
      return (answer as Answer<"prune">).map(({ id }) => `pruned ${id}`);
    default:
      return [];
  }
}

const OPERATED = {
  cancel: "cancelled",
  replay: "replayed",
  runNow: "ranNow",
  remove: "removed",
  update: "updated",
} as const;

function enqueuedEvent(id: string, answer: EnqueueAnswer | undefined): string {
  const standing = answer && "id" in answer ? (answer.id ?? id) : id;
  if (answer?.status === "duplicate") return `duplicate ${standing}`;
  return `${answer?.status === "replaced" || standing !== id ? "replaced" : "enqueued"} ${standing}`;
}

function reportedBy(event: JobEvent): string | undefined {
  switch (event.type) {
    case "enqueued":
    case "duplicate":
    case "replaced":
    case "expired":
      return `${event.type} ${event.job.id}`;
    case "started":
      return `started ${event.job.id}/${event.attempt}`;
    case "completed":
      return `complete ${event.job.id}/${event.attempt}`;
    case "failed":
      return `retry ${event.job.id}/${event.attempt}`;
    case "snoozed":
      return `snooze ${event.job.id}/${event.attempt}`;
    case "dead":
      return `dead ${event.job.id}/${event.attempt}`;
    case "cancelled":
    case "replayed":
    case "ranNow":
    case "removed":
    case "updated":
      return `${event.type} ${event.ref.id}`;
    case "fired":
      return `fired ${event.schedule} ${event.nominal}`;
    case "pruned":
      return `pruned ${event.job.id}`;
    case "stalled":
    case "leaseLost":
    case "saturated":
      return undefined;
  }
}
