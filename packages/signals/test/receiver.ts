import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestProject } from "vitest/node";

/** One request as it came. */
export type Received = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** Receives webhooks over a socket of its own. Whoever asks with `?id=` is answered when one of that id has come. */
export default async function receiver(project: TestProject): Promise<() => void> {
  const received = new Map<string, PromiseWithResolvers<Received>>();
  const of = (id: unknown): PromiseWithResolvers<Received> => {
    const one = received.get(String(id)) ?? Promise.withResolvers<Received>();
    received.set(String(id), one);
    return one;
  };
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const headers = request.headers as Record<string, string>; // none of those of a webhook comes twice
      of(headers["webhook-id"]).resolve({ headers, body: await text(request) });
      response.writeHead(204).end();
    } else {
      const id = new URL(request.url ?? "", "http://receiver").searchParams.get("id");
      response.end(JSON.stringify(await of(id).promise));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  project.provide("receiver", `http://127.0.0.1:${port}/`);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

declare module "vitest" {
  interface ProvidedContext {
    readonly receiver: string;
  }
}
