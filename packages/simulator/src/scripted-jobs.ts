import { type JobContext, type JobRequest, nonRetryable, snooze } from "@longshore/core";
import { request } from "./job-definitions.ts";

/** What a job of the script does, by the number in its input. */
const BEHAVIOURS = [
  "completes",
  "fails once",
  "fails permanently",
  "snoozes once",
  "has a follow-up",
  "is slow",
] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

export function scriptedJob(id: string, behaviour: Behaviour, options: JobRequest["options"] = {}): JobRequest {
  return request("scripted", BEHAVIOURS.indexOf(behaviour), { id, ...options });
}

/** How long the handler takes, in ms. */
export function scriptedMs(n: number): number {
  return BEHAVIOURS[n] === "is slow" ? 12_000 : 200;
}

/** `seen`: what this process has run before. */
export function scripted(n: number, context: JobContext, seen: Set<string>): unknown {
  const first = !seen.has(context.id);
  seen.add(context.id);
  switch (BEHAVIOURS[n]) {
    case "fails once":
      if (context.attempt === 1) throw new Error("not yet");
      break;
    case "fails permanently":
      throw nonRetryable("no such account");
    case "snoozes once":
      if (first) throw snooze(500);
      break;
    case "has a follow-up":
      context.enqueue(scriptedJob(`${context.id}:next`, "completes"));
  }
  return { n };
}
