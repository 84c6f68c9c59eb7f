import type { JobRequest, Metadata } from "@longshore/core";
import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapPropagator,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { safely } from "./safely.ts";

/** What metadata may be: a job with more of it would be refused. */
const MAX_ENTRIES = 16;
const MAX_LENGTH = 256;
const KEY = /^[a-z\d][\w.-]{0,99}$/i;

/** The app's own values, often personal: metadata goes to logs and to operators, who did not ask for them. */
const BAGGAGE = "baggage";

type Carrying = Pick<JobRequest<string>, "definition"> & {
  readonly options: { readonly metadata?: Metadata | undefined };
};

/**
 * Makes requests carry a context in their job's metadata, beside what is there: the job's own entries come first, and
 * a context that it brings along is kept, and told.
 */
export function carry(
  creation: Context,
  propagator: TextMapPropagator,
  brought: (own: SpanContext) => void,
): <R extends Carrying>(request: R) => R {
  const entries = entriesOf(creation, propagator);
  if (entries.length === 0) return (request) => request;
  return (request) => {
    const { definition } = request;
    const { metadata, ...options } = request.options;
    // A function of the definition, because it is called when the input has been checked.
    const carrying = (input: never): Metadata => {
      const own = metadata ?? definition.metadata?.(input);
      const context = own && creationOf(own, propagator);
      if (context === undefined) return join(own, entries);
      brought(context);
      return own ?? {};
    };
    return { ...request, options, definition: { ...definition, metadata: carrying } };
  };
}

/** What the propagator writes of the context, as far as an entry of metadata may hold it. */
function entriesOf(creation: Context, propagator: TextMapPropagator): [key: string, text: string][] {
  const carrier: Record<string, string> = {};
  safely(() => propagator.inject(creation, carrier, defaultTextMapSetter));
  return Object.entries(carrier).filter(
    ([key, text]) => key !== BAGGAGE && KEY.test(key) && typeof text === "string" && text.length <= MAX_LENGTH,
  );
}

function join(own: Metadata | undefined, entries: readonly [key: string, text: string][]): Metadata {
  const room = MAX_ENTRIES - Object.keys(own ?? {}).length;
  return { ...Object.fromEntries(entries.slice(0, Math.max(0, room))), ...own };
}

/** The metadata without the propagator's entries: a handler that hands its metadata on hands on no stale context. */
export function without(metadata: Metadata, propagator: TextMapPropagator): Metadata {
  const fields = new Set(safely(() => propagator.fields()));
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !fields.has(key)));
}

/** The context that the job was created in, where its metadata tells. */
export function creationOf(metadata: Metadata, propagator: TextMapPropagator): SpanContext | undefined {
  return safely(() => {
    const span = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, metadata, defaultTextMapGetter));
    return span && isSpanContextValid(span) ? span : undefined;
  });
}
