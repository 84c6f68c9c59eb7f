import { type Handler, type JobContext, codeOf } from "@longshore/core";
import { mustBe, listOf } from "@longshore/core/adapter";
import { type Context, SpanKind } from "@opentelemetry/api";
import { ATTEMPT, MESSAGE_ID, OUTCOME } from "./attributes.ts";
import { carry, creationOf, without } from "./carrier.ts";
import { type JobOutcome, thrownOutcome } from "./outcome.ts";
import { openSpan } from "./span.ts";
import { type TraceOptions, type Tracing, tracingOf } from "./tracing.ts";

const aHandler = mustBe("made by handle", (value) => typeof Object(value).run === "function");

/**
 * Wraps handlers so that each attempt, retries included, runs in its own CONSUMER span named `process <queue>`. Spans
 * that the handler makes are its children. It is linked to the span that enqueued the job, or to the attempt that did
 * so with `context.enqueue`; its parent is the span in which the worker runs, if there is one.
 *
 * ```ts
 * createWorker(adapter, { handlers: traceHandlers([handle(welcome, sendWelcome)]) });
 * ```
 */
export function traceHandlers(handlers: readonly Handler[], options: TraceOptions = {}): Handler[] {
  listOf(aHandler)(handlers, "handlers of traceHandlers");
  const tracing = tracingOf("traceHandlers", options);
  return handlers.map((handler) => ({ ...handler, run: (input, job) => attempt(handler, input, job, tracing) }));
}

async function attempt({ run }: Handler, input: never, job: JobContext, tracing: Tracing) {
  const creation = creationOf(job.metadata, tracing.propagator);
  const span = openSpan(tracing, {
    kind: SpanKind.CONSUMER,
    operation: "process",
    queue: job.queue,
    job: job.name,
    attributes: { [MESSAGE_ID]: job.id, [ATTEMPT]: job.attempt },
    links: creation === undefined ? [] : [creation],
  });
  const { signal } = job;
  const end = (outcome: JobOutcome | undefined, error?: unknown): void => {
    if (outcome !== undefined) span.set({ [OUTCOME]: outcome });
    if (outcome === "failed" || outcome === "dead") span.fail(error);
    span.end();
  };
  const endThrown = (error: unknown): void => end(thrownOutcome(error, codeOf(signal.reason), job), error);
  // A handler may never return after its timeout, and nothing that it does then counts.
  const onAbort = (): void => {
    const code = codeOf(signal.reason);
    if (code === "timeout" || code === "cancelled") endThrown(signal.reason);
  };
  signal.addEventListener("abort", onAbort);
  try {
    const result = await span.within(async () => run(input, tracedContext(job, span.context, tracing)));
    // A worker that lost its lease may still settle the job, or may not.
    end(codeOf(signal.reason) === "lease_lost" ? undefined : "completed");
    return result;
  } catch (error) {
    endThrown(error);
    throw error;
  }
}

/** A handler's context whose follow-up jobs carry the span's context. */
function tracedContext(job: JobContext, creation: Context, { propagator }: Tracing): JobContext {
  const carried = carry(creation, propagator, () => {});
  const own: Partial<JobContext> = {
    enqueue: (request) => job.enqueue(carried(request)),
    // This job's trace entries would name the wrong span in another job.
    get metadata() {
      return without(job.metadata, propagator);
    },
  };
  return new Proxy(job, {
    // Getters must run on the original context, which has private fields.
    get: (job, key) => (Object.hasOwn(own, key) ? Reflect.get(own, key) : Reflect.get(job, key, job)),
  });
}
