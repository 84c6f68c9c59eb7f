import type { ComponentChildren, VNode } from "preact";
import type { JobState } from "@longshore/core/adapter";
import { ago, local, utc } from "./format.ts";

export const STATES: readonly JobState[] = [
  "delayed",
  "enqueued",
  "blocked",
  "active",
  "stalled",
  "failed",
  "completed",
  "dead",
  "cancelled",
];

const MEANS: Readonly<Record<JobState, string>> = {
  delayed: "waits for its time",
  enqueued: "waits for a worker",
  blocked: "waits for another job",
  active: "runs",
  stalled: "its worker vanished; the next claim takes it over",
  failed: "waits for its retry",
  completed: "succeeded",
  dead: "failed for good; only an operator replays it",
  cancelled: "ended by an operator",
};

export function State({ state }: { readonly state: JobState }): VNode {
  return (
    <span class={`state ${state}`} title={MEANS[state]}>
      {state}
    </span>
  );
}

/** An instant as a distance, with the exact times for whoever asks. */
export function When({ at, now }: { readonly at: number; readonly now: number }): VNode {
  return (
    <time dateTime={new Date(at).toISOString()} title={`${local(at)}\n${utc(at)}`}>
      {ago(at, now)}
    </time>
  );
}

/** A table that scrolls within itself on a narrow screen. */
export function Table({
  label,
  head,
  children,
}: {
  readonly label: string;
  readonly head: ComponentChildren;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Problem({ error }: { readonly error: string | undefined }): VNode | null {
  return error === undefined ? null : (
    <p class="notice bad" role="alert">
      {error}
    </p>
  );
}

export function Loading(): VNode {
  return (
    <p class="quiet" aria-busy="true">
      Reading…
    </p>
  );
}

/** Names and values, in columns. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [label: string, value: VNode | string])[];
}): VNode {
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
