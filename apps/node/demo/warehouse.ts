import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { Order } from "../src/orders.ts";

/** A warehouse outside the app, which counts what it is told. */
export type Warehouse = {
  readonly url: string;
  /** How often each order was taken. */
  readonly taken: ReadonlyMap<string, number>;
  /** How many requests it refused. */
  refused(): number;
  close(): void;
};

/** It refuses every fifth request, so that jobs are retried. */
const REFUSED = 5;

export async function openWarehouse(): Promise<Warehouse> {
  const taken = new Map<string, number>();
  let requests = 0;
  let refused = 0;
  const server = createServer(async (request, response) => {
    const { id } = (await json(request)) as Order; // only the app knows the port
    if (++requests % REFUSED === 0) {
      refused++;
      response.writeHead(503).end();
      return;
    }
    taken.set(id, (taken.get(id) ?? 0) + 1);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    taken,
    refused: () => refused,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
