import type { Job } from "@longshore/core";
import type { MatchOptions } from "./match.ts";

const MOST_JOBS = 10;
const MOST_CHARACTERS = 300;

/** Such as `send-mail with the input {"to":"a"} and {"delay":"1d"}`. */
export function wanted(name: string, match: unknown, options: MatchOptions): string {
  const input = match === undefined ? "" : ` with the input ${valueText(match)}`;
  const asked = Object.entries(options).filter(([, value]) => value !== undefined);
  if (asked.length === 0) return name + input;
  return `${name}${input}${input ? " and" : " with"} ${valueText(Object.fromEntries(asked))}`;
}

/** The jobs that there are: those of this name one a line, others counted by name. */
export function whatThereIs(name: string, jobs: readonly Job[]): string {
  if (jobs.length === 0) return "There are no jobs.";
  const own = jobs.filter((job) => job.name === name);
  const shown = own.slice(0, MOST_JOBS).map((job) => `\n  ${jobText(job)}`);
  if (own.length > MOST_JOBS) shown.push(`\n  and ${own.length - MOST_JOBS} more`);
  const others = countByName(jobs.filter((job) => job.name !== name));
  const head = own.length === 0 ? `There is no ${name}.` : `There ${own.length === 1 ? "is" : "are"}:${shown.join("")}`;
  return others === "" ? head : `${head}${own.length === 0 ? " " : "\n"}Of other names: ${others}.`;
}

/** Such as `found 2:`, and the jobs, one a line. */
export function found(jobs: readonly Job[]): string {
  const shown = jobs.slice(0, MOST_JOBS).map((job) => `\n  ${jobText(job)}`);
  return `found ${jobs.length}:${shown.join("")}`;
}

/** Such as `job-000001 dead {"to":"a"}: no route to host`. */
function jobText({ id, state, input, dueAt, failures, waitsFor }: Job): string {
  const when = state === "delayed" || state === "failed" ? ` until ${new Date(dueAt).toISOString()}` : "";
  const why = failures.at(-1)?.message ?? waitsFor;
  return `${id} ${state}${when} ${valueText(input)}${why === undefined ? "" : `: ${shortened(why)}`}`;
}

/** A value for a message: JSON where that is possible, and never long. */
function valueText(value: unknown): string {
  if (typeof value === "function") return "that the function accepts";
  return shortened(JSON.stringify(value, (_, part: unknown) => plain(part)) ?? String(value));
}

/** A test runner's asymmetric matcher as text; anything else as it is. */
function plain(part: unknown): unknown {
  if (typeof part !== "object" || part === null || !("asymmetricMatch" in part)) return part;
  return "toAsymmetricMatcher" in part && typeof part.toAsymmetricMatcher === "function"
    ? part.toAsymmetricMatcher()
    : String(part);
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function countByName(jobs: readonly Job[]): string {
  const counts = new Map<string, number>();
  for (const { name } of jobs) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} (${count})`).join(", ");
}
