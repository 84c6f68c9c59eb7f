import type { JobRequest, Metadata } from "@longshore/core";
import { withReserved } from "@longshore/core/adapter";
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

/** The limit for all names and values together. A broker's message has room for this much next to any job. */
const MAX_CHARACTERS = 1_000;
const ENTRY = 10;
const KEY = /^[a-z\d][\w.-]{0,99}$/i;
/** The characters that a header may have. */
const TEXT = /^[ -~]*$/;
/** The prefix of reserved names, which users cannot set. */
const RESERVED = "$";

/** Baggage is left out: it has the app's own values, often personal, and metadata is logged and shown to operators. */
const BAGGAGE = "baggage";

type CarrierRequest = Pick<JobRequest<string>, "definition"> & {
  readonly options: { readonly metadata?: Metadata | undefined };
};

/**
 * Adds a trace context to the metadata of requests, under reserved names, which do not count against the user's limits.
 * A context that is already in a job's metadata is kept.
 */
export function carry(
  creation: Context,
  propagator: TextMapPropagator,
  onOwnContext: (own: SpanContext) => void,
): <R extends CarrierRequest>(request: R) => R {
  const entries = entriesOf(creation, propagator);
  return (request) => {
    const { definition } = request;
    const { metadata: given, ...options } = request.options;
    // A function, because definitions call it after the input was checked.
    const metadata = (input: never): Metadata => {
      const own = given ?? definition.metadata?.(input) ?? {};
      const context = extracted(own, propagator);
      if (context !== undefined) onOwnContext(context);
      return own;
    };
    const headers = () => withReserved(definition.headers(), entries);
    return { ...request, options, definition: { ...definition, metadata, headers } };
  };
}

/** The entries that the propagator writes for the context, under reserved names, as far as they fit. */
function entriesOf(creation: Context, propagator: TextMapPropagator): Metadata {
  const carrier: Record<string, string> = {};
  safely(() => propagator.inject(creation, carrier, defaultTextMapSetter));
  const entries: Record<string, string> = {};
  let room = MAX_CHARACTERS;
  for (const [key, text] of Object.entries(carrier)) {
    if (key === BAGGAGE || !KEY.test(key) || typeof text !== "string" || !TEXT.test(text)) continue;
    const cost = ENTRY + key.length + text.length;
    if (cost > room) continue;
    room -= cost;
    entries[RESERVED + key] = text;
  }
  return entries;
}

/** Removes the propagator's entries, so that a handler that passes its metadata on does not pass on a stale context. */
export function without(metadata: Metadata, propagator: TextMapPropagator): Metadata {
  const fields = new Set(safely(() => propagator.fields())?.flatMap((field) => [field, RESERVED + field]));
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !fields.has(key)));
}

/** Reads the context that created the job from its metadata: the one that the job brought along, or else ours. */
export function creationOf(metadata: Metadata, propagator: TextMapPropagator): SpanContext | undefined {
  const reserved = Object.entries(metadata).filter(([key]) => key.startsWith(RESERVED));
  const ours = Object.fromEntries(reserved.map(([key, text]) => [key.slice(RESERVED.length), text]));
  return extracted(metadata, propagator) ?? extracted(ours, propagator);
}

function extracted(metadata: Metadata, propagator: TextMapPropagator): SpanContext | undefined {
  return safely(() => {
    const span = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, metadata, defaultTextMapGetter));
    return span && isSpanContextValid(span) ? span : undefined;
  });
}
