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

/** Of all entries: names and texts, each entry a little more. A broker's message has room for it, whatever a job is. */
const MAX_CHARACTERS = 1_000;
const ENTRY = 10;
const KEY = /^[a-z\d][\w.-]{0,99}$/i;
/** What a header may be. */
const TEXT = /^[ -~]*$/;
/** Names that no user can give. */
const RESERVED = "$";

/** The app's own values, often personal: metadata goes to logs and to operators, who did not ask for them. */
const BAGGAGE = "baggage";

type CarrierRequest = Pick<JobRequest<string>, "definition"> & {
  readonly options: { readonly metadata?: Metadata | undefined };
};

/**
 * Makes requests carry a context in their job's metadata, beside what is there and under reserved names, which count
 * against no limit of the user's. A context that a job brings along in its own metadata is told.
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
    // Functions of the definition, because they are called when the input has been checked.
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

/** What the propagator writes of the context, as far as there is room, under reserved names. */
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

/** The metadata without the propagator's entries: a handler that hands its metadata on hands on no stale context. */
export function without(metadata: Metadata, propagator: TextMapPropagator): Metadata {
  const fields = new Set(safely(() => propagator.fields())?.flatMap((field) => [field, RESERVED + field]));
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !fields.has(key)));
}

/** The context that the job was created in, where its metadata tells: one that it brought along, or else ours. */
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
