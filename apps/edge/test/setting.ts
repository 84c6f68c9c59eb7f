import { env } from "cloudflare:workers";
import { type Tally, createQueue, createWorker } from "@longshore/core";
import { type Stats, statistics } from "@longshore/core/stats";
import { type Memory, memory } from "@longshore/memory";
import { createApp } from "../src/app.ts";
import { handlers } from "../src/handlers.ts";
import { createLog } from "../src/log.ts";
import type { Fetch } from "@longshore/signals";
import { schedulesOf } from "../src/schedules.ts";
import type { Services } from "../src/services.ts";
import type { Settings } from "../src/settings.ts";

export const SUBSCRIBER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export const configuredSettings: Settings = {
  GITHUB_WEBHOOK_SECRET: "github-secret-of-the-tests",
  OPERATOR_TOKEN: "operator-token-of-the-tests",
  USERS_TOKEN: "users-token-of-the-tests",
  FIELD_TOKEN: "field-token-of-the-tests",
  FIELD_SECRET: "field-secret-of-the-tests-0123456789",
  SUBSCRIBERS: JSON.stringify([
    { name: "billing", url: "https://billing.example.com/hook?key=path-secret", secret: SUBSCRIBER_SECRET },
    { name: "search", url: "https://search.example.com/hook", secret: SUBSCRIBER_SECRET },
  ]),
  MAIL_API_URL: "https://mail.example.com/send",
  MAIL_API_TOKEN: "mail-token-of-the-tests",
  MAIL_FROM: "app@example.com",
};

/** A store that counts. */
type Counting = Memory & Stats;

/** A request that a handler sent out. */
type Sent = { readonly url: string; readonly headers: Headers; readonly body: string };

export type Setting = {
  readonly store: Counting;
  readonly services: Services;
  readonly lines: string[];
  readonly sent: Sent[];
  /** How often the shards were looked after. */
  sweeps(): number;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Runs what is due; answers what came of it. */
  drain(): Promise<Tally>;
};

export type SettingOptions = {
  readonly settings?: Settings;
  /** What whoever is asked answers. */
  readonly answer?: (sent: Sent) => Response | Promise<Response>;
  readonly clock?: () => number;
  /** Put in the place of the store. */
  readonly wrap?: (store: Counting) => Counting;
  /** What there is to looking after the shards, besides that it is counted. */
  readonly wake?: () => Promise<void>;
};

/** The app on the memory of this isolate and a real object for its records. */
export function setting(options: SettingOptions = {}): Setting {
  const { settings = configuredSettings, answer = () => new Response("ok"), clock, wrap = (store) => store } = options;
  const store = wrap(memory({ ...(clock && { clock }), stats: statistics() }));
  const lines: string[] = [];
  const sent: Sent[] = [];
  let sweeps = 0;
  const sweep = async (): Promise<void> => {
    sweeps++;
    await options.wake?.();
  };
  const log = createLog(settings, (line) => lines.push(line));
  const records = env.RECORDS.getByName(crypto.randomUUID());
  const services: Services = { store, queue: createQueue(store, log), records, log };
  const fetch: Fetch = async (url, init) => {
    const request = { url, headers: new Headers(init.headers), body: String(init.body) };
    sent.push(request);
    return answer(request);
  };
  const app = createApp(() => services);
  return {
    store,
    services,
    lines,
    sent,
    sweeps: () => sweeps,
    request: async (path, init) => app.request(path, init, settings),
    drain: () =>
      createWorker(store, {
        handlers: handlers({ settings, services, sweep, fetch }),
        schedules: schedulesOf(settings),
        logFailures: false,
        ...log,
      }).drain(),
  };
}

export const operatorHeaders: HeadersInit = { authorization: `Bearer ${configuredSettings.OPERATOR_TOKEN}` };

/** A delivery as GitHub sends it: its signature covers exactly these bytes. */
export async function delivery(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<RequestInit> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return {
    method: "POST",
    body: bytes,
    headers: {
      "content-type": "application/json",
      "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      "x-github-event": "issues",
      "x-hub-signature-256": await gitHubSignature(bytes),
      ...headers,
    },
  };
}

async function gitHubSignature(bytes: Uint8Array): Promise<string> {
  const secret = new TextEncoder().encode(configuredSettings.GITHUB_WEBHOOK_SECRET);
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
  return `sha256=${Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export async function errorOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { error: unknown }).error; // every refusal of the app has it
}
