import type { Answer } from "@longshore/conformance/tools";
import type { JobEvent } from "@longshore/core";
import { type EnqueueAnswer, isAccepted } from "@longshore/core/adapter";
import { type Commit, movesOf } from "./commit.ts";
import type { Fail } from "./invariants.ts";
import type { Process } from "./process.ts";

/** Checks events against commits: none before or without its commit, none twice, none missing without a reason. */
export type Tidings = {
  commit(commit: Commit): void;
  /** The process received the answer undisturbed. */
  reply(commit: Commit): void;
  hear(process: Process, event: JobEvent): void;
  /** Checks that everything that a process learned has been told by now. */
  end(): void;
};

/** How often something was committed, how often its process learned of that, and how often the process told it. */
type Account = { committed: number; heard: number; told: number };

export function watchTidings(isForeign: (cursor: string) => boolean, fail: Fail): Tidings {
  const attempts = new Map<number, number>();
  const books = new Map<Process, Map<string, Account>>();
  const account = (process: Process, what: string): Account => {
    let book = books.get(process);
    if (book === undefined) books.set(process, (book = new Map()));
    let found = book.get(what);
    if (found === undefined) book.set(what, (found = { committed: 0, heard: 0, told: 0 }));
    return found;
  };

  return {
    commit(commit) {
      if (commit.operation.verb === "claim") {
        for (const { token, attempt } of commit.answer as Answer<"claim">) attempts.set(token, attempt);
      }
      for (const what of newsOf(commit, attempts, isForeign)) account(commit.process, what).committed += 1;
    },
    reply(commit) {
      for (const what of newsOf(commit, attempts, isForeign)) account(commit.process, what).heard += 1;
    },
    hear(process, event) {
      const what = toldBy(event);
      if (what === undefined) return;
      const found = account(process, what);
      found.told += 1;
      if (found.told > found.committed)
        fail("events", `${process.id} told ${what}, committed ${found.committed} times, ${found.told} times`);
      // A job whose workers have all vanished dies without a start.
      if (event.type === "completed" || event.type === "failed") {
        const started = account(process, `started ${event.job.id}/${event.attempt}`).told;
        if (started === 0) fail("events", `${process.id} told ${what}, and never that it started`);
      }
    },
    end() {
      for (const [process, book] of books) {
        if (!process.alive) continue;
        for (const [what, { heard, told }] of book) {
          // A worker gives a claim back silently if it comes too late, or if its loop is stopping.
          if (told >= heard || what.startsWith("started ") || what.startsWith("snooze ")) continue;
          fail("events", `${process.id} was answered ${what} ${heard} times and told it ${told} times`);
        }
      }
    },
  };
}

/** The events that a commit allows its process to tell. Events name attempts, settlements name tokens. */
function newsOf(
  { operation, answer }: Commit,
  attempts: ReadonlyMap<number, number>,
  isForeign: (cursor: string) => boolean,
): string[] {
  switch (operation.verb) {
    case "enqueue": {
      const answers = answer as Answer<"enqueue">;
      return operation.input[0].map(({ id }, i) => becoming(id, answers[i]));
    }
    case "claim":
      return (answer as Answer<"claim">).map(({ id, attempt }) => `started ${id}/${attempt}`);
    case "settle": {
      const answers = answer as Answer<"settle">;
      return operation.input[0].flatMap(({ id, token, outcome, next = [] }, i) => {
        const answer = answers[i];
        if (!isAccepted(answer)) return [];
        const followed = typeof answer === "object" ? answer.next : [];
        return [
          `${outcome.type} ${id}/${attempts.get(token)}`,
          ...next.slice(0, followed.length).map((job, at) => becoming(job.id, followed[at])),
        ];
      });
    }
    case "cancel":
    case "replay":
    case "runNow":
    case "remove": {
      const answers = answer as Answer<"cancel">;
      const told = OPERATED[operation.verb];
      return operation.input[0].flatMap(({ id }, i) => (answers[i]?.status === "done" ? [`${told} ${id}`] : []));
    }
    case "advance":
      return movesOf({ operation, answer }).flatMap(({ step: { name, to, job }, moved }) => {
        if (moved === undefined || job === undefined || isForeign(name)) return [];
        return [`fired ${name} ${to}`, becoming(job.id, moved.job)];
      });
    case "prune":
      return (answer as Answer<"prune">).map(({ id }) => `pruned ${id}`);
    default:
      return [];
  }
}

const OPERATED = { cancel: "cancelled", replay: "replayed", runNow: "ranNow", remove: "removed" } as const;

function becoming(id: string, answer: EnqueueAnswer | undefined): string {
  return `${answer?.status === "created" ? "enqueued" : "duplicate"} ${id}`;
}

function toldBy(event: JobEvent): string | undefined {
  switch (event.type) {
    case "enqueued":
    case "duplicate":
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
