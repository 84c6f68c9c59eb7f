import { type Adapter, LongshoreError, type Producer } from "@longshore/core";
import { aDefinition, mustBe, withMethods, listOf } from "@longshore/core/adapter";
import { SpanKind } from "@opentelemetry/api";
import { ENQUEUE_STATUS, FAILED_COUNT, MESSAGE_COUNT, MESSAGE_ID } from "./attributes.ts";
import { carry } from "./carrier.ts";
import { type OpenSpan, openSpan } from "./span.ts";
import { type TraceOptions, tracingOf } from "./tracing.ts";

const aRequest = mustBe("definition.with(input)", (value) => typeof Object(Object(value).definition).name === "string");

/**
 * Wraps a queue so that each `enqueue` and each `enqueueMany` makes a PRODUCER span named `send <queue>`. The span's
 * context is stored in the jobs' metadata (`$traceparent`, `$tracestate`), where `traceHandlers` finds it, and counts
 * against none of their limits. A job that brings its own trace context keeps it. Nothing else changes.
 *
 * ```ts
 * const queue = traceQueue(createQueue(adapter));
 * ```
 */
export function traceQueue<Q extends Producer<Adapter>>(queue: Q, options: TraceOptions = {}): Q {
  withMethods("enqueue", "enqueueMany")(queue, "queue of traceQueue");
  const tracing = tracingOf("traceQueue", options);
  const open = (queue: string | undefined, job: string | undefined, messageCount?: number): OpenSpan => {
    const attributes = { [MESSAGE_COUNT]: messageCount };
    return openSpan(tracing, { kind: SpanKind.PRODUCER, operation: "send", queue, job, attributes });
  };
  const carriedBy = (span: OpenSpan) => carry(span.context, tracing.propagator, span.link);
  const producer: Producer<Adapter> = {
    async enqueue(definition, input, jobOptions = {}) {
      aDefinition(definition, "definition");
      const span = open(definition.queue, definition.name);
      return closing(span, async () => {
        const request = carriedBy(span)({ definition, options: jobOptions });
        const answer = await queue.enqueue(request.definition, input, request.options);
        span.set({ [MESSAGE_ID]: answer.id, [ENQUEUE_STATUS]: answer.status });
        return answer;
      });
    },
    async enqueueMany(requests) {
      listOf(aRequest)(requests, "requests of enqueueMany");
      if (requests.length === 0) return queue.enqueueMany(requests);
      const definitions = requests.map(({ definition }) => definition);
      const span = open(only(definitions, "queue"), only(definitions, "name"), requests.length);
      return closing(span, async () => {
        const answers = await queue.enqueueMany(requests.map(carriedBy(span)));
        const failed = answers.filter(({ status }) => status === "failed").length;
        if (failed > 0) {
          span.set({ [FAILED_COUNT]: failed });
          span.fail(new LongshoreError("enqueue_failed", `${failed} of ${answers.length} jobs were not enqueued.`));
        }
        return answers;
      });
    },
  };
  return { ...queue, ...producer };
}

async function closing<T>(span: OpenSpan, work: () => Promise<T>): Promise<T> {
  try {
    return await span.within(work);
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

/** The value that all have in common; undefined if they differ. */
function only<K extends string>(all: readonly { readonly [k in K]: string }[], key: K): string | undefined {
  const [first] = all;
  return all.every((one) => one[key] === first?.[key]) ? first?.[key] : undefined;
}
