import type { Duration } from "@longshore/core";
import { withMethods } from "@longshore/core/adapter";

/** What a host of the browser runs: a worker, or the outbox of `@longshore/http`. */
export type Hosted = {
  start(): void;
  stop(options?: { readonly grace?: Duration }): Promise<unknown>;
} & Drained;

/** Does what is due now: a worker by `drain`, an outbox by `forward`. */
export type Drained =
  | { drain(options?: { readonly budget?: Duration }): Promise<unknown> }
  | { forward(): Promise<unknown> };

/** `budget`: how long it may take, where it can be told. */
export function drain(hosted: Drained, budget?: Duration): Promise<unknown> {
  if ("forward" in hosted) return hosted.forward();
  return hosted.drain(budget === undefined ? {} : { budget });
}

export function checkDrained(hosted: object, what: string): void {
  withMethods("forward" in hosted ? "forward" : "drain")(hosted, what);
}
