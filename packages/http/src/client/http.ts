import { type Duration, type Logger, LongshoreError, type Platform, codeOf, systemPlatform } from "@longshore/core";
import {
  type Check,
  type Checks,
  type Settlement,
  aFunction,
  anObject,
  checkOptions,
  duration,
  text,
  toMs,
  withMethods,
} from "@longshore/core/adapter";
import { checkManifest } from "../manifest.ts";
import { METHODS, type CalledVerb, type Manifest, type Remote } from "../wire.ts";
import { type Fetch, type HeadersSource, type Server, call } from "./call.ts";
import { wakeStream } from "./wake-stream.ts";

export type ServerOptions = {
  /** Where `serve` is mounted, without a slash at the end: `https://example.com/jobs`. */
  readonly url: string;
  /** Sent with every request, such as `authorization`; a function is asked before each. */
  readonly headers?: HeadersSource | undefined;
  /** Default: the runtime's. */
  readonly fetch?: Fetch | undefined;
};

export type HttpOptions<M extends Manifest = Manifest> = ServerOptions & {
  /** What the server's adapter can. See `manifestOf` and `readManifest`. */
  readonly manifest: M;
  /** How long a call keeps trying, if it may be repeated; and the longest time of any other. Default: `"30s"`. */
  readonly deadline?: Duration | undefined;
  /** Where it is told that the stream of `onWake` cannot be opened: once, until it is. Default: `console`. */
  readonly log?: Pick<Logger, "warn"> | undefined;
  /** For tests that control time and chance. */
  readonly platform?: Platform | undefined;
};

const aUrl = text("an address such as https://app.example/jobs, without ? and #", /^https?:\/\/[^?#\s]{1,2000}$/);
const headersCheck: Check = (value, what, code) => {
  if (typeof value !== "function") anObject(value, what, code);
};
const SERVER_CHECKS: Checks<ServerOptions> = { url: aUrl, headers: headersCheck, fetch: aFunction };
const CHECKS: Checks<HttpOptions> = {
  ...SERVER_CHECKS,
  manifest: (value) => void checkManifest(value),
  deadline: duration(100),
  log: withMethods("warn"),
  platform: withMethods("timer", "monotonic", "random"),
};

/** Of what is sent twice, a claim would lease more jobs, and a prune would remove more dead letters than it tells of, and a release would free the key of whoever came next. */
const NEVER_TWICE: ReadonlySet<string> = new Set(["claim", "prune", "release"] satisfies CalledVerb[]);
/** Their answers are about the members of their first argument, one by one. */
const POSITIONAL: ReadonlySet<string> = new Set([
  "enqueue",
  "settle",
  "renew",
  "get",
  "cancel",
  "replay",
  "runNow",
  "remove",
  "release",
  "update",
  "advance",
] satisfies CalledVerb[]);

/**
 * An adapter whose jobs are on a server that runs `serve`: with the interfaces of its manifest and no others. Keeps no
 * connection but the stream of `onWake`, while there is a listener.
 *
 * A call is repeated until its deadline if the server did not answer or was not well, unless that could do harm: not a
 * `claim`, not a `prune`, not a `release`, not an `enqueue` to a backend without unique ids. Fails with the
 * `LongshoreError` of the server, with `unauthorized`, `forbidden`, `invalid_request` or `unsupported_version`; any
 * other error means that it is unknown whether the call took effect. Fails with `invalid_option` or `invalid_duration`
 * for its own options.
 *
 * ```ts
 * const queue = createQueue(http({ url: "https://example.com/jobs", manifest, headers: { authorization } }));
 * await queue.enqueue(welcome, { userId: 42 });
 * ```
 */
export function http<const M extends Manifest>(options: HttpOptions<M>): Remote<M> {
  checkOptions("http", options, CHECKS);
  const { deadline = "30s", log = console, platform = systemPlatform } = options;
  const { name, traits, interfaces } = checkManifest(options.manifest);
  const server: Server = { ...serverOf(options), deadlineMs: toMs(deadline), platform };

  const send = async (verb: CalledVerb, input: readonly unknown[]): Promise<unknown> => {
    const harmless = verb === "enqueue" ? traits.unique : verb === "settle" ? traits.fenced : !NEVER_TWICE.has(verb);
    const answer = fromJson(verb, await call(server, verb, input, harmless));
    const asked = input[0];
    if (!POSITIONAL.has(verb) || (Array.isArray(answer) && answer.length === (asked as unknown[]).length))
      return answer;
    throw new Error(`The server's answer to ${verb} is not a list of ${(asked as unknown[]).length} answers.`);
  };
  const settle = async (settlements: readonly Settlement[]): Promise<unknown> => {
    const answers: unknown[] = [];
    for (const piece of pieces(settlements)) answers.push(...((await send("settle", [piece])) as unknown[]));
    return answers;
  };

  const adapter: Record<string, unknown> = {
    name: `http(${name})`,
    traits,
    enqueue: (jobs: unknown) => send("enqueue", [jobs]),
  };
  for (const method of interfaces.flatMap((one) => METHODS[one] as readonly string[])) {
    if (method === "onWake") adapter[method] = wakeStream(server, log).onWake;
    else if (method === "settle") adapter[method] = settle;
    else adapter[method] = (...input: unknown[]) => send(method as CalledVerb, input); // all but onWake
  }
  return adapter as Remote<M>; // the methods that its manifest names
}

/**
 * Asks a server what its adapter is and what the caller may do with it: the interfaces of which its grants have every
 * verb. A constant in the code gives more: the types know it, and nothing has to be asked. Not repeated. Fails with
 * `backend_failed` where nothing of use was answered, and else with the server's code, as the calls of `http`.
 */
export async function readManifest(options: ServerOptions): Promise<Manifest> {
  checkOptions("readManifest", options, SERVER_CHECKS);
  const server = { ...serverOf(options), deadlineMs: 30_000, platform: systemPlatform };
  try {
    return checkManifest(await call(server, "manifest", undefined, false));
  } catch (error) {
    if (codeOf(error) !== undefined) throw error;
    throw new LongshoreError("backend_failed", (error as Error).message, { cause: error }); // our own, of `call`
  }
}

function serverOf({
  url,
  headers = {},
  fetch = (input, init) => globalThis.fetch(input, init),
}: ServerOptions): Pick<Server, "url" | "headers" | "fetch"> {
  aUrl(url, "url of the server"); // an omitted option is not checked above
  return { url: url.replace(/\/$/, ""), headers, fetch };
}

/** Small enough for every server, and large enough that most calls are one request. In characters. */
const MOST_SETTLED = 2_000_000;

/** A worker settles what ended in one turn together; with large results that may be more than a request takes. */
function pieces(settlements: readonly Settlement[]): readonly (readonly Settlement[])[] {
  const all: Settlement[][] = [[]];
  let size = 0;
  for (const settlement of settlements) {
    const own = JSON.stringify(settlement).length;
    if (size > 0 && size + own > MOST_SETTLED) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(settlement);
    size += own;
  }
  return all;
}

/** JSON has null where the contract has undefined: in a list, and as an answer. */
function fromJson(verb: CalledVerb, value: unknown): unknown {
  if (verb === "get" && Array.isArray(value)) return value.map((row: unknown) => row ?? undefined);
  return value ?? undefined;
}
