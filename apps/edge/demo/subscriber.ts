import { createHmac, timingSafeEqual } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type Inbox, createInbox } from "./alerts.ts";
import type { Ask } from "./order.ts";
import { numberOf } from "./deliveries.ts";

/** Somebody who wants the events, on this machine, keeps a ledger of their own, and is also told of alerts. */
export type Subscriber = {
  readonly url: string;
  /** How often it took each event: what it answered with 2xx. */
  readonly ledger: ReadonlyMap<string, number>;
  /** What it answered to each event, in order. */
  readonly answers: ReadonlyMap<string, readonly number[]>;
  /** Every request for an event until it recovered, in order of arrival. */
  readonly asks: readonly Ask[];
  readonly alertsUrl: string;
  readonly inbox: Inbox;
  /** Closes the port. */
  leave(): void;
  comeBack(): Promise<void>;
  /** From now on it takes everything, at once. */
  recover(): void;
};

const ALERTS = "/alerts";

/** Of the events, and of the alerts. */
export type SigningSecrets = { readonly events: string; readonly alerts: string };

export async function startSubscriber(secrets: SigningSecrets): Promise<Subscriber> {
  const ledger = new Map<string, number>();
  const answers = new Map<string, number[]>();
  const inbox = createInbox();
  const asked = new Map<string, number>();
  const asks: Ask[] = [];
  let recovered = false;

  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
    const body = Buffer.concat(chunks);
    const id = String(request.headers["webhook-id"]);
    const alert = request.url === ALERTS;
    if (!isSigned(request, body, alert ? secrets.alerts : secrets.events)) return void response.writeHead(401).end();
    if (alert) {
      inbox.take(id, body.toString());
      return void response.writeHead(TAKEN.status).end();
    }
    if (!recovered) {
      const ask: Ask = { id, from: performance.now(), until: Infinity };
      asks.push(ask);
      response.on("close", () => (ask.until = performance.now()));
    }
    const time = (asked.get(id) ?? 0) + 1;
    asked.set(id, time);
    const answer = recovered ? TAKEN : mood(numberOf(id), time);
    if (answer === "hang") return; // until the other side has had enough
    await delay(answer.afterMs);
    answers.set(id, [...(answers.get(id) ?? []), answer.status]);
    if (answer.status < 300) ledger.set(id, (ledger.get(id) ?? 0) + 1);
    response.writeHead(answer.status, answer.headers).end();
  };
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });
  await listen(0);
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe

  return {
    url: `http://127.0.0.1:${port}/`,
    ledger,
    answers,
    asks,
    alertsUrl: `http://127.0.0.1:${port}${ALERTS}`,
    inbox,
    leave() {
      server.close();
      server.closeAllConnections();
    },
    comeBack: () => listen(port),
    recover() {
      recovered = true;
      server.closeAllConnections();
    },
  };
}

type Answer = { readonly status: number; readonly afterMs: number; readonly headers?: Record<string, string> };
const TAKEN: Answer = { status: 204, afterMs: 0 };

/** How it answers the event of a number, the first time, the second time, and so on. One in four is trouble. */
function mood(number: number, time: number): Answer | "hang" {
  const quick = { status: 204, afterMs: 5 + (number % 12) * 5 };
  switch (number % 20) {
    case 0:
      return { status: 500, afterMs: 10 }; // each time: it will be dead
    case 1:
      return { status: 410, afterMs: 5 }; // at once
    case 2:
    case 3:
      return time <= 2 ? { status: 500, afterMs: 20 } : quick;
    case 4:
      return time === 1 ? { status: 429, afterMs: 5, headers: { "retry-after": "1" } } : quick;
    case 5:
      return time === 1 && number % 40 === 5 ? "hang" : quick;
    case 6:
    case 7:
      return { status: 200, afterMs: 400 };
    default:
      return quick;
  }
}

function isSigned({ headers }: IncomingMessage, body: Buffer, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), body]);
  const expected = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const given = Buffer.from(String(headers["webhook-signature"]));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
