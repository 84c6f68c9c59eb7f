import { START } from "@longshore/conformance/tools";
import type { Store } from "@longshore/core/adapter";
import { checkHistory, createRecorder, runConcurrentClients } from "@longshore/simulator";
import { describe, expect, test } from "vitest";
import { saboteurs } from "../saboteurs/index.ts";

/** What is wrong with one job shows in its life alone, without a clock and without the order of jobs. */
const WRONG: readonly string[] = [
  "puts a new job in the place of one that has ended",
  "answers enqueues in an order of its own",
  "ignores how long a job is kept",
  "claims what is still leased",
  "takes over a lease that a renewal extended",
  "numbers the tokens of each job by themselves",
  "begins its tokens anew when it is empty",
  "gives the same token to every job of a store",
  "never says that a job stalled",
  "releases with any token",
  "settles what was settled again, if it has not been claimed since",
  "says that a stale settlement was accepted, without doing it",
  "a snooze spends its attempt",
  "drops dead letters that are not kept",
  "enqueues the follow-ups of a repeated settlement again",
  "lets a follow-up replace the job that has its id",
  "revives a settled job when it is renewed",
  "cancel leaves the job to its worker",
  "a replay lets the cancelled worker settle after all",
  "runNow takes over a running job",
  "removes running jobs",
  "a removal hides the row and keeps the id",
  "shows rows past their time until a prune takes them",
  "answers a settlement before it is done",
  "answers an enqueue before it is done, and then fails",
];

describe("the check of concurrent clients finds a store that", () => {
  test.for(WRONG)("%s", async (name) => {
    const wrong = saboteurs.find((one) => one.name === name);
    let found: string | undefined;
    for (let seed = 1; seed <= 40 && found === undefined; seed++) {
      let now = START;
      const subject = await wrong?.make({ clock: { now: () => now } });
      const recorder = createRecorder();
      const store = recorder.record(subject?.adapter as Store); // every saboteur here is one
      await runConcurrentClients(store, { seed, pass: (ms) => (now += ms) });
      found = checkHistory(recorder.calls, { withinMs: now - START })?.message;
    }
    expect(found).toContain("no order of the calls on the job");
  });
});
