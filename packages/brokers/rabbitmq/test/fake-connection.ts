import type { Connection, DeliveredMessage, OutgoingMessage } from "../src/connection.ts";

/** A connection whose other end is the test. */
export type FakeConnection = Connection & {
  readonly published: OutgoingMessage[];
  readonly consumed: string[];
  readonly closed: () => boolean;
  /** What happens to the next messages; undefined: the server does not answer. */
  answer: "confirmed" | "unroutable" | undefined;
  deliver(message: DeliveredMessage): void;
  lose(reason: string): void;
};

export function fakeConnection(): FakeConnection {
  const published: OutgoingMessage[] = [];
  const consumed: string[] = [];
  let closed = false;
  let deliver = (_message: DeliveredMessage): void => {};
  let lose = (_reason: string): void => {};
  const ended = new Promise<string>((resolve) => (lose = resolve));
  const fake: FakeConnection = {
    published,
    consumed,
    ended,
    answer: "confirmed",
    closed: () => closed,
    async declare() {},
    async publish(message) {
      published.push(message);
      return fake.answer ?? new Promise<never>(() => {});
    },
    async consume(queue, _prefetch, on) {
      consumed.push(queue);
      deliver = on;
      return { ended: new Promise(() => {}), async cancel() {}, async close() {} };
    },
    async close() {
      closed = true;
      lose("closed");
    },
    deliver: (message) => deliver(message),
    lose: (reason) => lose(reason),
  };
  return fake;
}
