import type { ServerOptions } from "../src/index.ts";

type Handler = (request: Request) => Promise<Response>;
type Stream = { sent: number; received: number };

const STREAM = "test-stream";

/** Counts the bytes of wake-ups on both ends of their streams, so that a test knows when all have come. */
export type WakeStreams = {
  readonly fetch: NonNullable<ServerOptions["fetch"]>;
  observed(handler: Handler): Handler;
  /** Waits until what the server has sent has been received. */
  received(): Promise<void>;
};

export function wakeStreams(): WakeStreams {
  const open = new Map<string, Stream>();
  let made = 0;
  return {
    async fetch(url, init) {
      if (!String(url).endsWith("/onWake")) return fetch(url, init);
      const [name, stream] = [String(++made), { sent: 0, received: 0 }];
      open.set(name, stream);
      const ended = (): void => void open.delete(name);
      try {
        const headers = { ...init?.headers, [STREAM]: name };
        return counted(await fetch(url, { ...init, headers }), (bytes) => (stream.received += bytes), ended);
      } catch (error) {
        ended();
        throw error;
      }
    },
    observed: (handler) => async (request) => {
      const stream = open.get(request.headers.get(STREAM) ?? "");
      const response = await handler(request);
      return stream ? counted(response, (bytes) => (stream.sent += bytes)) : response;
    },
    async received() {
      // Turns: one for what rings to be sent, one for what was received to be heard.
      do await new Promise((resolve) => setImmediate(resolve));
      while ([...open.values()].some(({ sent, received }) => received < sent));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A response whose body is read as soon as it can be, and counted. */
export function counted(response: Response, count: (bytes: number) => void, ended = (): void => {}): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          controller.enqueue(next.value);
          count(next.value.byteLength);
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      } finally {
        ended();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, response);
}
