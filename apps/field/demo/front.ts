import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What stands between the browser and the app, and counts what goes through it. */
export type Front = {
  readonly url: string;
  readonly ledger: Ledger;
  /** Nobody listens any more, as where there is no network. */
  leave(): Promise<void>;
  /** Listens again, and now and then is a bad proxy. */
  comeBack(): Promise<void>;
};

type Ledger = {
  /** Jobs that the app took, and those that it had already, by its own answers. */
  created: number;
  duplicates: number;
  /** Requests that were answered with 502 before the app got them, and after it had done what they asked. */
  refused: number;
  repliesLost: number;
};

/** Of the calls of each route that hands something over, in turn. After these the proxy is well. */
const FAULTS = ["loseReply", "refuse", "pass", "loseReply", "pass", "refuse", "refuse", "pass", "loseReply"] as const;

export async function openFront(app: string): Promise<Front> {
  const ledger: Ledger = { created: 0, duplicates: 0, refused: 0, repliesLost: 0 };
  let isBad = false;
  const calls = { "/field/jobs/": 0, "/field/photos/": 0 };
  const faultOf = (path: string): (typeof FAULTS)[number] => {
    const route = (Object.keys(calls) as (keyof typeof calls)[]).find((route) => path.startsWith(route));
    return (isBad && route !== undefined && FAULTS[calls[route]++]) || "pass";
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "/";
    const fault = faultOf(path);
    if (fault === "refuse") {
      ledger.refused++;
      return void response.writeHead(502).end("bad gateway");
    }
    const passed = await pass(app + path, request, Buffer.concat(chunks));
    const body = Buffer.from(await passed.arrayBuffer());
    if (path === "/field/jobs/enqueue" && passed.ok) count(ledger, body.toString());
    if (fault === "loseReply") {
      ledger.repliesLost++;
      return void response.writeHead(502).end("bad gateway");
    }
    const headers = Object.fromEntries(
      [...passed.headers].filter(
        ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name),
      ),
    );
    response.writeHead(passed.status, headers).end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    async leave() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    async comeBack() {
      isBad = true;
      await listen(server, port);
    },
  };
}

function pass(url: string, { method = "GET", headers }: IncomingMessage, body: Buffer): Promise<Response> {
  const { host: _host, connection: _connection, "content-length": _length, ...own } = headers;
  return fetch(url, {
    method,
    headers: Object.entries(own).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as [string, string]] : [],
    ),
    redirect: "manual",
    ...(method !== "GET" && method !== "HEAD" && { body: new Uint8Array(body) }),
  });
}

/** The app's answers to an enqueue, one for each job. */
function count(ledger: Ledger, text: string): void {
  const { value } = JSON.parse(text) as { readonly value: readonly { readonly status: string }[] };
  for (const { status } of value) {
    if (status === "created") ledger.created++;
    if (status === "duplicate") ledger.duplicates++;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
