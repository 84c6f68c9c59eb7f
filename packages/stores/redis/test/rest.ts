import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Redis as Ioredis } from "ioredis";

export type Rest = { readonly url: string; readonly token: string; close(): void };

/**
 * Stands for the REST API of Upstash, which runs nowhere else: commands as JSON lists by POST, `{ result }` or
 * `{ error }`, as its documentation says. Behind it is a real server.
 */
export async function startRest(client: Ioredis): Promise<Rest> {
  const token = "a-token";
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { error: "Unauthorized" });
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const [name, ...args] = JSON.parse(text) as [string, ...string[]]; // what the sender makes
    try {
      answer(200, { result: await client.call(name, args) });
    } catch (error) {
      answer(400, { error: Object(error).message });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens to a port
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
