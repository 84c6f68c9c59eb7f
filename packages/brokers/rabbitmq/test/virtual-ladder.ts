import type { Connect, Connection, OutgoingMessage } from "../src/connection.ts";

/**
 * A connection to the real server, whose ladder is the suite's: its clock moves by days, and the server's does not. What
 * would wait in the server waits in a list. (The ladder itself: ladder.test.ts.)
 */
export type VirtualLadder = {
  readonly connect: Connect;
  /** Sends what is due by the suite's clock to its queue. */
  release(): Promise<void>;
  close(): Promise<void>;
};

export function virtualLadder(connect: Connect, now: () => number): VirtualLadder {
  let waiting: { readonly dueAt: number; readonly message: OutgoingMessage }[] = [];
  let own: Promise<Connection> | undefined;
  const isLevel = (name: string): boolean => name.includes(".delay.");

  return {
    async connect() {
      const connection = await connect();
      return {
        ...connection,
        declare: ({ exchanges, queues, bindings }) =>
          connection.declare({
            exchanges: exchanges.filter(({ name }) => !isLevel(name)),
            queues: queues.filter(({ name }) => !isLevel(name)),
            bindings: bindings.filter(({ from }) => !isLevel(from)),
          }),
        async publish(message) {
          if (!isLevel(message.exchange)) return connection.publish(message);
          const bits = message.key.split(".");
          const word = bits.pop() ?? "";
          const key = word.replace("/", ".queue.").replaceAll("/", ".");
          waiting.push({
            dueAt: now() + Number.parseInt(bits.join(""), 2) * 1_000,
            message: { ...message, exchange: "", key },
          });
          return "confirmed";
        },
      };
    },
    async release() {
      const due = waiting.filter(({ dueAt }) => dueAt <= now());
      if (due.length === 0) return;
      waiting = waiting.filter((one) => !due.includes(one));
      own ??= connect();
      const connection = await own;
      for (const { message } of due.toSorted((a, b) => a.dueAt - b.dueAt)) await connection.publish(message);
    },
    async close() {
      await (await own)?.close();
    },
  };
}
