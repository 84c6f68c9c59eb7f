import { type Logger, LongshoreError, type Platform, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type Enqueue,
  aFunction,
  aLogger,
  canEnqueue,
  checkOptions,
  integer,
  listOf,
  text,
  withMethods,
} from "@longshore/core/adapter";
import { interfacesOf, manifestOf } from "../manifest.ts";
import { METHODS, VERSION_HEADER, type AnyAdapter, type CalledVerb, type Methods } from "../wire.ts";
import { checkMethod, checkPost, checkVersion, parseJson, readText } from "./request.ts";
import { type Authorize, type Grant, mentions } from "./grants.ts";
import { limitTo } from "./limited.ts";
import { failures, reply } from "./reply.ts";
import { readArguments, readersOf } from "./values.ts";
import { wakeEvents } from "./stream.ts";

export type ServeOptions = {
  /** Who asks, and what they may do. There is no default: see `bearerTokens`, and `signedGrants` of `/tokens`. */
  readonly authorize: Authorize;
  /** The origins whose pages may call, such as `https://example.com`, or `["*"]`. Default: none but its own. */
  readonly cors?: readonly string[] | undefined;
  /** The size of a request. Default: 10 000 000. */
  readonly maxBytes?: number | undefined;
  /** How many streams of wake-ups may be open; one more is refused with the status 503. Default: 1 000. */
  readonly maxStreams?: number | undefined;
  /** Where failures of the adapter are logged; the caller gets a reference to the entry. Default: `console`. */
  readonly log?: Logger | undefined;
  /** For tests that control time and chance. */
  readonly platform?: Platform | undefined;
};

const CHECKS: Checks<ServeOptions> = {
  authorize: aFunction,
  cors: listOf(text("* or an origin such as https://app.example, without a path", /^(\*|https?:\/\/[^/\s]{1,300})$/)),
  maxBytes: integer(1_000),
  maxStreams: integer(0),
  log: aLogger,
  platform: withMethods("timer", "id"),
};

/**
 * The adapter over HTTP: a fetch handler for Hono, Workers, Deno, Bun, or Node through an adapter such as Hono's. Mount
 * it so that the last segment of the path is the verb. Every value of a call is checked before the adapter sees it, and
 * every job of it against the caller's grants. Of what fails inside, a caller gets the code and message of a
 * `LongshoreError`, or else nothing but a reference to the log. Fails with `invalid_option`, for one without `authorize`.
 *
 * ```ts
 * const handler = serve(store, { authorize: bearerTokens([{ token, grants }]) });
 * app.all("/jobs/*", ({ req }) => handler(req.raw));
 * ```
 */
export function serve(adapter: Enqueue, options: ServeOptions): (request: Request) => Promise<Response> {
  canEnqueue(adapter, "adapter of serve");
  checkOptions("serve", options, CHECKS);
  const {
    authorize,
    cors = [],
    maxBytes = 10_000_000,
    maxStreams = 1_000,
    log = console,
    platform = systemPlatform,
  } = options;
  aFunction(authorize, "authorize of serve");
  const able = adapter as AnyAdapter; // what it lacks is not asked for: `offered`
  const readers = readersOf(adapter.traits);
  const offered: ReadonlySet<string> = new Set([
    "enqueue",
    ...interfacesOf(able).flatMap((name) => METHODS[name] as readonly string[]),
  ]);
  const { logged, failure } = failures(log, platform, "a call over HTTP failed");
  let streams = 0;

  const answer = async (request: Request, origin: string | undefined): Promise<Response> => {
    // A page of another site, with the cookies of its visitor.
    if (origin === undefined && request.headers.get("sec-fetch-site") === "cross-site") {
      throw new LongshoreError(
        "forbidden",
        "Pages of this origin may not call; the server's `cors` lists those that may.",
      );
    }
    const grants = await grantsOf(request);
    if (!Array.isArray(grants)) return grants as Response; // grantsOf returns no other
    const verb = new URL(request.url).pathname.split("/").at(-1) ?? "";
    checkVersion(request);
    if (verb === "manifest") {
      checkMethod(request, "GET");
      const interfaces = interfacesOf(able, (method) => mentions(grants, method));
      return reply(200, { value: { ...manifestOf(adapter), interfaces } });
    }
    if (!offered.has(verb)) throw new LongshoreError("invalid_request", `There is no verb ${verb.slice(0, 40)} here.`);
    const limited = limitTo(
      grants,
      able as Methods,
      (reason) => `The server could not enqueue the job; ${logged(reason)}`,
    );
    if (verb === "onWake") {
      checkMethod(request, "GET");
      if (streams >= maxStreams)
        return reply(503, { error: { code: "invalid_request", message: "Too many streams." } });
      const response = wakeEvents(limited, request, platform, () => streams--);
      streams++;
      return response;
    }
    checkPost(request);
    if (!mentions(grants, verb)) throw new LongshoreError("forbidden", `The caller may not ${verb}.`);
    const body = parseJson(await readText(request, maxBytes), "the arguments of the verb as a JSON list");
    const input = readArguments(readers[verb as CalledVerb], verb, body); // offered, and no stream
    const method = limited[verb as CalledVerb] as (...input: readonly unknown[]) => Promise<unknown>;
    return reply(200, { value: (await method(...input)) ?? null });
  };

  /** Refuses whatever is not a list of grants, or returns the response that `authorize` chose. */
  const grantsOf = async (request: Request): Promise<readonly Grant[] | Response> => {
    const told: unknown = await authorize(request);
    if (told === undefined) throw new LongshoreError("unauthorized", "The credentials are missing, wrong or expired.");
    if (Array.isArray(told) && told.every((one) => typeof one === "object" && one !== null))
      return told as readonly Grant[];
    // By its shape: a runtime may have several classes of this name.
    if (Object.prototype.toString.call(told) === "[object Response]") return told as Response;
    throw new Error("`authorize` of serve must return a list of grants, a Response, or undefined.");
  };

  return async (request) => {
    const origin = request.headers.get("origin");
    const allowed = origin !== null && (cors.includes(origin) || cors.includes("*")) ? origin : undefined;
    if (request.method === "OPTIONS") return withCors(new Response(null, { status: 204 }), allowed);
    return withCors(await answer(request, allowed).catch(failure), allowed);
  };
}

function withCors(response: Response, origin: string | undefined): Response {
  if (origin === undefined) return response;
  const open = new Response(response.body, response); // a response of the user's may be immutable
  open.headers.set("access-control-allow-origin", origin);
  open.headers.set("access-control-allow-methods", "GET, POST");
  open.headers.set("access-control-allow-headers", `authorization, content-type, ${VERSION_HEADER}`);
  // Without it, a page's client cannot see how long it should wait.
  open.headers.set("access-control-expose-headers", "retry-after");
  open.headers.set("access-control-max-age", "7200");
  open.headers.append("vary", "origin");
  return open;
}
