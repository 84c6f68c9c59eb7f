import type { FailureRecord } from "@longshore/core/adapter";
import type { JobView } from "../src/api.ts";

/** One moment of a job's life, or what it does now. */
export type Moment = {
  readonly kind: "enqueued" | "failure" | "missing" | "now" | "ended";
  readonly title: string;
  readonly at?: number | undefined;
  readonly failure?: FailureRecord | undefined;
  readonly note?: string | undefined;
};

/** A job's life in order, from what the store keeps: the enqueue, the failures, and the present or the end. */
export function lifeOf(job: JobView): readonly Moment[] {
  const { enqueuedAt, failures } = job;
  const replayed = failures.some(({ at }) => at < enqueuedAt);
  const enqueued: Moment = { kind: "enqueued", title: replayed ? "Replayed" : "Enqueued", at: enqueuedAt };
  const moments: Moment[] = failures.map((failure) => ({
    kind: "failure",
    title: `Attempt ${failure.attempt} failed`,
    at: failure.at,
    failure,
  }));
  const place = moments.findIndex(({ at = 0 }) => at >= enqueuedAt);
  moments.splice(place === -1 ? moments.length : place, 0, enqueued);
  // The store keeps the first failure and the last nine.
  const gap = failures.length === 10 && (failures[1]?.attempt ?? 0) > (failures[0]?.attempt ?? 0) + 1;
  if (gap) {
    const first = moments.findIndex(({ kind }) => kind === "failure");
    moments.splice(first + 1, 0, { kind: "missing", title: "Failures in between are not kept" });
  }
  return [...moments, present(job)];
}

function present({ state, attempt, dueAt, waitsFor, after }: JobView): Moment {
  const note = waitsFor === undefined ? undefined : `It waits for: ${waitsFor}.`;
  switch (state) {
    case "delayed":
      return { kind: "now", title: "Waits for its time", at: dueAt, note };
    case "enqueued":
      return { kind: "now", title: "Waits for a worker since", at: dueAt, note };
    case "blocked":
      return { kind: "now", title: "Waits for another job", note: note ?? after?.join(", ") };
    case "active":
      return { kind: "now", title: `Attempt ${attempt} runs; its lease ends`, at: dueAt };
    case "stalled":
      return {
        kind: "now",
        title: `The worker of attempt ${attempt} vanished; its lease ended`,
        at: dueAt,
        note: note ?? "The next claim takes the job over.",
      };
    case "failed":
      return { kind: "now", title: "Waits for its retry", at: dueAt, note };
    case "completed":
      return { kind: "ended", title: `Attempt ${attempt} completed it`, at: dueAt };
    case "dead":
      return { kind: "ended", title: "Dead: it is not retried by itself", at: dueAt };
    case "cancelled":
      return { kind: "ended", title: "Cancelled", at: dueAt, note };
  }
}
