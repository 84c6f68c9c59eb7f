import type { Outcome } from "../contract/contract.ts";
import { isPromise, validate } from "../jobs/validate.ts";
import { nonRetryable } from "../retry/handler-errors.ts";
import { decode } from "../values/payload.ts";
import type { Validated } from "../values/schema.ts";
import { misfit } from "./admission.ts";
import type { Handler } from "./handler.ts";
import { outcomeOfResult } from "./outcomes.ts";
import type { Run } from "./run.ts";

/** Reads the input of an admitted run, and gives it to its handler once `gate` has resolved. Throws for an input that it cannot read. */
export type Handling = (run: Run, handler: Handler, gate: Promise<void>) => void;

/** One of the two is called once for each run that was handled. */
export function createHandling(
  succeeded: (run: Run, outcome: Outcome) => void,
  threw: (run: Run, error: unknown) => void,
): Handling {
  /** Not an async function, which would take twice the memory for each job. */
  const runHandler = (run: Run, handler: Handler, input: unknown, gate: Promise<void>): void => {
    // Each handler starts in its own microtask: what one enters into an AsyncLocalStorage before its first await would
    // otherwise be the next handler's context, too. And its end is awaited before it starts, in the worker's own context:
    // who has waited for the slot starts in that one.
    gate
      .then(() => {
        if (run.reason !== undefined) throw run.reason; // while its input was validated
        return handler.run(input as never, run); // the schema's output has the handler's input type, by `handle`
      })
      .then(
        (result) => returned(run, handler, result),
        (error) => threw(run, error),
      );
  };
  const runValidated = (run: Run, handler: Handler, validated: Validated, gate: Promise<void>): void => {
    if (validated.issues === undefined) runHandler(run, handler, validated.value, gate);
    else threw(run, misfit(run, validated.issues));
  };
  const returned = (run: Run, handler: Handler, result: unknown): void => {
    run.sealed = true;
    const outcome = run.completion?.outcome ?? outcomeOfResult(run, handler, result);
    if (!isPromise(outcome)) return succeeded(run, outcome);
    outcome.then(
      (stored) => succeeded(run, stored),
      (error) => threw(run, error),
    );
  };

  return (run, handler, gate) => {
    const { payload, headers } = run.job;
    const stored = decode(payload);
    // Not the parser's message: it would quote the payload, which is never logged.
    if (stored === undefined) throw nonRetryable("The stored input is no JSON.");
    const version = handler.definition.headers()["s"];
    // The same schema made this input, so it is not validated again: a rule about time may fail by now, and must not
    // count.
    if (version !== undefined && version === headers["s"]) return runHandler(run, handler, stored, gate);
    const answer = validate(handler.definition.input, stored);
    if (!isPromise(answer)) return runValidated(run, handler, answer, gate);
    answer.then((validated) => runValidated(run, handler, validated, gate)).catch((error) => threw(run, error));
  };
}
