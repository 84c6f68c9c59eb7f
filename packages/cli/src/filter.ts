import { type Command, Option } from "commander";
import type { JobState } from "@longshore/core";
import type { JobFilter } from "@longshore/core/bulk";
import { EXIT, problem } from "./exit.ts";

/** The options by which jobs are chosen. */
export type FilterOptions = {
  readonly state?: readonly JobState[] | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly error?: string | undefined;
  readonly olderThan?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

export const STATES: readonly JobState[] = [
  "delayed",
  "enqueued",
  "active",
  "stalled",
  "failed",
  "blocked",
  "completed",
  "dead",
  "cancelled",
];

/** `states`: those that the command is for; none if it is for one alone. */
export function withFilter(command: Command, states: readonly JobState[]): Command {
  if (states.length > 0) {
    const option = new Option("--state <state>", "jobs in this state; may be repeated").choices([...states]);
    command.addOption(
      option.argParser((text: string, before: readonly JobState[] = []) => [...before, stateOf(text, states)]),
    );
  }
  return command
    .option("--queue <queue>", "jobs of this queue")
    .option("--name <name>", "jobs of this definition")
    .option("--error <text>", "jobs whose last failure has this text in its message")
    .option("--older-than <time>", "jobs enqueued or replayed longer ago, such as 1h or 7d")
    .option("--metadata <key=value>", "jobs with this entry in their metadata; may be repeated", entry);
}

function stateOf(text: string, states: readonly JobState[]): JobState {
  const state = states.find((one) => one === text);
  if (state !== undefined) return state;
  throw problem(EXIT.usage, `--state must be one of ${states.join(", ")}; got ${text.slice(0, 40)}.`);
}

function entry(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw problem(EXIT.usage, `--metadata must be key=value; got ${text.slice(0, 40)}.`);
  }
  return { ...before, [key]: value };
}

/** Undefined: nothing was asked for, which means all jobs for a list, and too many for a verb. */
export function filterOf({ state, queue, name, error, olderThan, metadata }: FilterOptions): JobFilter | undefined {
  // A duration is checked where it is read; here it is a text.
  const filter = { state, queue, name, error, olderThan: olderThan as JobFilter["olderThan"], metadata };
  return Object.values(filter).some((value) => value !== undefined) ? filter : undefined;
}
