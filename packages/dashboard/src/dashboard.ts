import { type Logger, type Platform, type Schedule, systemPlatform } from "@longshore/core";
import {
  type Checks,
  type Enqueue,
  aDefinition,
  aFunction,
  aLogger,
  canEnqueue,
  anObject,
  checkOptions,
  listOf,
  logTo,
  withMethods,
} from "@longshore/core/adapter";
import type { AlertRules } from "@longshore/signals";
import { type Done, act, checkMay, gate, targetOf } from "./actions.ts";
import type { Session } from "./api.ts";
import { readDead, replay } from "./dead.ts";
import type { Definitions } from "./limits.ts";
import { type Asked, readJob, readJobs, readPayload, refOf } from "./jobs.ts";
import { readOverview } from "./overview.ts";
import { readQueue } from "./queue.ts";
import { files } from "./page.ts";
import { broken, failed, json, notFound, unauthorized } from "./reply.ts";
import { checkMethod, checkSite, readBody } from "./request.ts";
import { readSchedules, trigger } from "./schedules.ts";
import { type AnyAdapter, type Store, storeOf } from "./store.ts";
import { checkToken, cookieFor, tokenOf } from "./token.ts";
import { type Authorize, type KnownViewer, viewerOf } from "./viewer.ts";

export type DashboardOptions = {
  /** Who may look, and who may act. There is no default: see `basicAuth`. */
  readonly authorize: Authorize;
  /** The schedules of your workers: with them, the page has their next times and can trigger them. */
  readonly schedules?: readonly Schedule[] | undefined;
  /** The definitions of your jobs: with them, the page has the limits of their queues and keys. */
  readonly definitions?: Definitions | undefined;
  /** The rules that you `evaluate`: the page shows which of them fire. */
  readonly rules?: AlertRules | undefined;
  /** Gets a line for each action, and failures of the adapter. Default: `console`. */
  readonly log?: Logger | undefined;
  /** For tests that control time. */
  readonly platform?: Pick<Platform, "now" | "id"> | undefined;
};

const CHECKS: Checks<DashboardOptions> = {
  authorize: aFunction,
  schedules: listOf(withMethods("plan", "fire")),
  definitions: listOf(aDefinition),
  rules: anObject,
  log: aLogger,
  platform: withMethods("now", "id"),
};

/** What an answer is made of, beside the store. */
type Given = Pick<DashboardOptions, "rules"> & {
  readonly schedules: readonly Schedule[];
  readonly definitions: Definitions;
  readonly log: Logger;
  readonly id: () => string;
  readonly at: number;
};
type Call = Given & { readonly viewer: KnownViewer; readonly asked: Asked };
type Read = (store: Store, call: Call) => Promise<object>;
type Action = (store: Store, body: Readonly<Record<string, unknown>>, given: Given) => Promise<Done>;

const READS: Readonly<Record<string, Read>> = {
  overview: readOverview,
  queue: (store, { viewer, asked, ...given }) => readQueue(store, asked, { ...given, payloads: viewer.payloads }),
  jobs: (store, { asked, at }) => readJobs(store, asked, at),
  job: (store, { viewer, asked, ...given }) => readJob(store, refOf(asked), { ...given, payloads: viewer.payloads }),
  payload: (store, { asked, viewer }) => readPayload(store, refOf(asked), viewer.payloads),
  dead: (store, { at }) => readDead(store, at),
  schedules: (store, { schedules, at }) => readSchedules(store, schedules, at),
};
const ACTIONS: Readonly<Record<string, Action>> = {
  act,
  gate,
  replay,
  trigger: (store, body, { schedules, log, at, id }) => trigger(store, schedules, body, { log, now: at, id }),
};

/**
 * The operators' page of an adapter: a fetch handler for Hono, Workers, Deno, Bun, or Node through an adapter such as
 * Hono's. Mount it at any path and open that path with a slash at its end. It shows what the adapter can: jobs and
 * counts, statistics, workers, schedules, alerts. Each request asks `authorize`; each action is a line in the log. Fails with
 * `invalid_option`, for one without `authorize`.
 *
 * ```ts
 * const page = dashboard(store, { authorize: basicAuth([{ name: "operator", password, actions: true }]) });
 * app.all("/ops/*", ({ req }) => page(req.raw));
 * ```
 */
export function dashboard(adapter: Enqueue, options: DashboardOptions): (request: Request) => Promise<Response> {
  canEnqueue(adapter, "adapter of dashboard");
  checkOptions("dashboard", options ?? {}, CHECKS);
  aFunction(options?.authorize, "authorize of dashboard");
  const { authorize, schedules = [], definitions = [], rules, log = console, platform = systemPlatform } = options;
  // What it lacks is not asked for.
  const store = storeOf(adapter as AnyAdapter, { schedules: schedules.length > 0, rules: rules !== undefined });
  const given = (): Given => ({ schedules, definitions, rules, log, id: platform.id, at: platform.now() });

  const session = (request: Request, viewer: KnownViewer): Response => {
    checkMethod(request, "GET");
    const token = tokenOf(request);
    const { name, actions, payloads } = viewer;
    const body: Session = { viewer: name, actions, payloads, token, adapter: store.name, can: store.can };
    return json(body, { "set-cookie": cookieFor(token, request) });
  };

  const read = async (run: Read, request: Request, viewer: KnownViewer): Promise<Response> => {
    checkMethod(request, "GET");
    const asked = Object.fromEntries(new URL(request.url).searchParams);
    return json(await run(store, { ...given(), viewer, asked }));
  };

  /** Every action that is allowed to begin has its line, whatever becomes of it. */
  const perform = async (what: string, request: Request, viewer: KnownViewer): Promise<Response> => {
    checkMethod(request, "POST");
    checkToken(request);
    checkMay(viewer.actions);
    const body = await readBody(request);
    const line = { viewer: viewer.name, action: what, ...targetOf(body), at: new Date(platform.now()).toISOString() };
    try {
      const { answer, audit } = await (ACTIONS[what] as Action)(store, body, given()); // asked for by its key
      logTo(log, "info", "an operator acted", { ...line, ...audit });
      return json(answer);
    } catch (error) {
      logTo(log, "warn", "an operator's action failed", { ...line, error });
      throw error;
    }
  };

  /** Why `authorize` failed is for the log alone, whatever its code: who asks is nobody yet. */
  const asking = async (request: Request): Promise<KnownViewer | Response> => {
    try {
      return (await viewerOf(authorize, request)) ?? unauthorized();
    } catch (error) {
      return broken(error, log, platform.id);
    }
  };

  const answer = async (request: Request): Promise<Response> => {
    const viewer = await asking(request);
    if (!("actions" in viewer)) return viewer;
    const [folder, last = ""] = new URL(request.url).pathname.split("/").slice(-2);
    // First, so that the page can be mounted at a path that ends in /api, too.
    const file = Object.hasOwn(files, last) ? files[last] : undefined;
    if (file !== undefined) {
      checkMethod(request, "GET");
      return file();
    }
    if (folder === "api") {
      checkSite(request);
      if (last === "session") return session(request, viewer);
      if (Object.hasOwn(ACTIONS, last)) return perform(last, request, viewer);
      const run = Object.hasOwn(READS, last) ? READS[last] : undefined;
      return run === undefined ? notFound() : read(run, request, viewer);
    }
    // A person who left out the slash.
    if (/\btext\/html\b/.test(request.headers.get("accept") ?? "")) {
      // Never a scheme or a host, whatever it looks like.
      return new Response(null, { status: 308, headers: { location: `./${last}/`, "cache-control": "no-store" } });
    }
    return notFound();
  };

  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      return failed(error, log, platform.id);
    }
  };
}
