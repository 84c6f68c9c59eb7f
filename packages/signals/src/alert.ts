import { type Definition, type Schema, defineJob } from "@longshore/core";

import type { Reading } from "./reading.ts";
import type { NamedRule, Severity } from "./rules.ts";

/** What a rule tells when it fires or resolves. */
export type Alert = {
  readonly rule: string;
  readonly severity: Severity;
  readonly state: "firing" | "resolved";
  readonly value: number;
  readonly threshold: number;
  /** The worst of the queues or of the job names that the rule checks, if there is one. */
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  /** When it was decided, in ms since the epoch by the store's clock. */
  readonly at: number;
};

/** The schema of an alert, for your own definition with another queue or retry policy. */
export const alertInput: Schema<Alert> = {
  "~standard": {
    version: 1,
    vendor: "longshore",
    validate: (input) =>
      isAlert(input) ? { value: input } : { issues: [{ message: "expected an alert, as a rule makes it" }] },
  },
};

/**
 * The job that delivers an alert: bind a sink to it. It has its own queue, `alerts`, so that a backlog that it is about
 * does not delay it.
 *
 * ```ts
 * createWorker(adapter, { handlers: [handle(alertJob, consoleSink())] });
 * ```
 */
export const alertJob: Definition<Schema<Alert>, undefined, never> = defineJob("longshore-alert", {
  input: alertInput,
  queue: "alerts",
  timeout: "30s",
});

export function alertOf(rule: NamedRule, { value, queue, name }: Reading, state: Alert["state"], at: number): Alert {
  const { severity, above } = rule;
  return {
    rule: rule.name,
    severity,
    state,
    value,
    threshold: above,
    ...(queue !== undefined && { queue }),
    ...(name !== undefined && { name }),
    at,
  };
}

const TEXT = ["undefined", "string"];

function isAlert(input: unknown): input is Alert {
  if (typeof input !== "object" || input === null) return false;
  const { rule, severity, state, value, threshold, queue, name, at }: { readonly [K in keyof Alert]?: unknown } = input;
  return (
    typeof rule === "string" &&
    (severity === "warning" || severity === "critical") &&
    (state === "firing" || state === "resolved") &&
    [value, threshold, at].every(Number.isFinite) &&
    TEXT.includes(typeof queue) &&
    TEXT.includes(typeof name)
  );
}
